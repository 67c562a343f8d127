from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from members.models.consent import Purpose
from members.models.member import Member, Membership


class ProfileField(models.Model):
    """One thing a programme asks of its members, and the deal: why, what for, for how long."""

    class Kind(models.TextChoices):
        TEXT = "TEXT", _("Text")
        DATE = "DATE", _("Date")
        NUMBER = "NUMBER", _("Number")
        YES_NO = "YES_NO", _("Yes or no")
        CHOICE = "CHOICE", _("One of several")
        CHOICES = "CHOICES", _("Several")

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        LIVE = "LIVE", _("Asked")
        STOPPED = "STOPPED", _("Not asked any more")

    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="profile_fields"
    )
    key = models.SlugField(max_length=40)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    label_nl = models.CharField(max_length=100)
    label_en = models.CharField(max_length=100)
    why_nl = models.CharField(max_length=300)
    why_en = models.CharField(max_length=300)
    benefit_nl = models.CharField(max_length=300, blank=True)
    benefit_en = models.CharField(max_length=300, blank=True)
    choices = models.JSONField(default=list)  # [{"key": …, "nl": …, "en": …}]
    purpose = models.CharField(max_length=16, choices=Purpose.choices, blank=True)
    points = models.PositiveIntegerField(default=0)  # thanks for the first answer
    keep_days = models.PositiveIntegerField()
    place = models.PositiveSmallIntegerField(default=0)
    ask_after = models.PositiveSmallIntegerField(default=0)  # activities before it is asked
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("question to members")
        verbose_name_plural = _("questions to members")
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="profile_field_key_once"),
            models.CheckConstraint(condition=Q(keep_days__gt=0), name="profile_field_is_not_kept"),
        ]

    def __str__(self) -> str:
        return self.label_nl if get_language() == "nl" else self.label_en


class ProfileAnswer(models.Model):
    """What a member answered; one per question, the last one. Deleted when its time is over."""

    class Source(models.TextChoices):
        MEMBER = "MEMBER", _("The member")
        DESK = "DESK", _("The service desk")
        IMPORT = "IMPORT", _("An import")
        API = "API", _("A connected system")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="answers")
    field = models.ForeignKey(ProfileField, on_delete=models.CASCADE, related_name="answers")
    value = models.JSONField()
    source = models.CharField(max_length=16, choices=Source.choices)
    answered_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)  # the member said again that it is right
    conflicting = models.JSONField(null=True)  # what another source said since

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "field"], name="profile_answer_once"),
        ]
        indexes = [models.Index(fields=["field", "answered_at"], name="profile_answer_of_field")]

    def __str__(self) -> str:
        return str(self.field_id)


class Preference(models.Model):
    """What a member likes: asked, or inferred from what they buy when they agreed to that."""

    class Kind(models.TextChoices):
        CATEGORY = "CATEGORY", _("Category")
        BRAND = "BRAND", _("Brand")
        CHANNEL = "CHANNEL", _("Way to be reached")
        STORE = "STORE", _("Shop")

    class Source(models.TextChoices):
        ASKED = "ASKED", _("You told us")
        INFERRED = "INFERRED", _("From what you buy")

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    key = models.CharField(max_length=100)
    source = models.CharField(max_length=16, choices=Source.choices)
    is_liked = models.BooleanField(default=True)  # no: "not this", which nothing infers away
    weight = models.PositiveSmallIntegerField(default=100)  # of 100
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "kind", "key"], name="preference_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class FieldUse(models.Model):
    """A rule, segment or report used a field on a day; what nothing used may be deleted."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=60)  # "profile:birthday", "member.language" …
    used_by = models.CharField(max_length=120)  # "rule:birthday", "segment:…", "report:…"
    used_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "field", "used_by"], name="field_use_last_day_only"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} by {self.used_by}"
