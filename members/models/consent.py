from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from members.models.member import Member


class Purpose(models.TextChoices):
    """What somebody can agree to; nothing is sent or profiled without it."""

    OFFERS = "OFFERS", _("Offers and news")
    PROFILING = "PROFILING", _("Choices that fit you")
    RESEARCH = "RESEARCH", _("Questions about our shop")


class ConsentText(models.Model):
    """The words that members agree to. A published version is never changed; a new one follows."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="consent_texts")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    version = models.CharField(max_length=40)
    text_nl = models.TextField()
    text_en = models.TextField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=100)

    app_rights = "SELECT, INSERT"

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "purpose", "version"], name="consent_text_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class Consent(models.Model):
    """A receipt: what the member agreed to or withdrew, in which words, when and where.

    The last one of a purpose and channel counts; ANY stands for all channels of that purpose.
    """

    class Channel(models.TextChoices):
        EMAIL = "EMAIL", _("E-mail")
        SMS = "SMS", _("SMS")
        PUSH = "PUSH", _("On your phone")
        ANY = "ANY", _("Any way")

    Purpose = Purpose

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    channel = models.CharField(max_length=16, choices=Channel.choices, default=Channel.ANY)
    is_given = models.BooleanField()
    text_version = models.CharField(max_length=40)
    touchpoint = models.CharField(max_length=40)
    actor = models.CharField(max_length=100)
    recorded_at = models.DateTimeField()

    app_rights = "SELECT, INSERT, DELETE"  # deleted with the person, never changed

    def __str__(self) -> str:
        return f"{self.purpose} {'given' if self.is_given else 'withdrawn'}"
