from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from members.models.member import Member


class MemberLook(models.Model):
    """Somebody saw, changed or took out a member's data; the member can read who, when and why.

    `actor` is a login or an API client ("staff:12", "client:webshop"), `role` what the member is
    told: "Service desk", "Webshop". One row per actor, deed and member per day; `times` counts.
    """

    class Deed(models.TextChoices):
        SEEN = "SEEN", _("Seen")
        CHANGED = "CHANGED", _("Changed")
        EXPORTED = "EXPORTED", _("Exported")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="looks")
    actor = models.CharField(max_length=100)
    role = models.CharField(max_length=100)
    deed = models.CharField(max_length=16, choices=Deed.choices)
    what = models.CharField(max_length=100, blank=True)
    on = models.DateField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "actor", "deed", "what", "on"], name="member_look_once_a_day"
            ),
        ]
        indexes = [models.Index(fields=["member", "-last_at"], name="member_look_of_member")]

    def __str__(self) -> str:
        return f"{self.deed} {self.actor} {self.on}"


class Retention(models.Model):
    """How long a programme keeps one kind of data (members.services.retention names them)."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="retentions")
    kind = models.CharField(max_length=40)
    days = models.PositiveIntegerField()
    last_run_at = models.DateTimeField(null=True)
    last_removed = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("retention period")
        verbose_name_plural = _("retention periods")
        constraints = [
            models.UniqueConstraint(fields=["programme", "kind"], name="retention_kind_once"),
        ]

    def __str__(self) -> str:
        return self.kind


class Erasure(models.Model):
    """That a person was forgotten; nothing but ids. Carried out again after a restore."""

    id = models.UUIDField(primary_key=True)
    member = models.UUIDField(unique=True)
    holders = models.JSONField(default=list)
    reason = models.CharField(max_length=40)  # a code: "asked", "retention", "support"
    actor = models.CharField(max_length=100)
    erased_at = models.DateTimeField()
    counts = models.JSONField(default=dict)  # how many rows of each kind went

    app_rights = "SELECT, INSERT, UPDATE"

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        permissions = [
            ("erase_member", _("Can forget members")),
            ("export_member", _("Can take out all data of a member")),
        ]

    def __str__(self) -> str:
        return str(self.member)


class Note(models.Model):
    """What a colleague wrote down about a member, for the next who helps them."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(max_length=2_000)
    author = models.CharField(max_length=100)
    written_at = models.DateTimeField()
    is_pinned = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["member", "-written_at"], name="note_of_member")]

    def __str__(self) -> str:
        return f"{self.written_at:%Y-%m-%d} {self.author}"
