from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme


class Import(models.Model):
    """A file of members, balances or history on its way in.

    The file itself is in the pieces, until it is in; the rows tell what became of each line. It is
    tried first (a dry run writes nothing but its findings), then carried out in chunks that a
    stopped worker resumes, and can be undone. The same file again changes nothing.
    """

    class Kind(models.TextChoices):
        MEMBERS = "MEMBERS", _("Members")
        BALANCES = "BALANCES", _("Opening balances")
        HISTORY = "HISTORY", _("History of purchases")

    class State(models.TextChoices):
        UPLOADED = "UPLOADED", _("Uploaded")
        TRYING = "TRYING", _("Being tried")
        TRIED = "TRIED", _("Tried")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")
        UNDOING = "UNDOING", _("Being undone")
        UNDONE = "UNDONE", _("Undone")

    id = models.UUIDField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="imports")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.UPLOADED)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # SHA-256 of the file
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)  # our field -> the file's column
    rows_total = models.PositiveIntegerField(null=True)
    rows_done = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_known = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=100)
    uploaded_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)  # a sign of life of who works on it
    ended_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        permissions = [("import_members", _("Can import members, balances and history"))]
        indexes = [models.Index(fields=["programme", "-uploaded_at"], name="import_of_programme")]

    def __str__(self) -> str:
        return self.file_name


class ImportPiece(models.Model):
    """A megabyte of the file; deleted when the import is done."""

    pk = models.CompositePrimaryKey("of_id", "number")
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.of_id} {self.number}"


class ImportRow(models.Model):
    """What became of one line of the file. `said` is kept of refused lines only, for the answer."""

    class Outcome(models.TextChoices):
        NEW = "NEW", _("New")
        KNOWN = "KNOWN", _("Known already")
        REFUSED = "REFUSED", _("Refused")
        UNDONE = "UNDONE", _("Undone")

    pk = models.CompositePrimaryKey("of_id", "number")
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()  # of the line in the file, the header is 1
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    membership_id = models.BigIntegerField(null=True)
    made = models.CharField(max_length=60, blank=True)  # the transfer or activity that it became
    problem = models.CharField(max_length=300, blank=True)
    field = models.CharField(max_length=60, blank=True)
    said = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["of", "number"], condition=Q(outcome="REFUSED"), name="import_row_refused"
            ),
            models.Index(fields=["membership_id"], name="import_row_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"
