from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from members.models.user import User


class Member(models.Model):
    """A person who takes part; what they are called and how they sign in."""

    id = models.UUIDField(primary_key=True)
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="member"
    )
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=2, default="nl")

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.CheckConstraint(condition=Q(language__in=["nl", "en"]), name="member_language"),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}".strip() or "…"


class Membership(models.Model):
    """A member in a programme. `holder` is all that the ledger ever learns of the person."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="memberships")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="memberships")
    holder = models.UUIDField(unique=True)
    joined_at = models.DateTimeField()
    joined_through = models.CharField(max_length=40)  # the touchpoint: portal, api, import
    joined_location = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "programme"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return str(self.holder)


class Identifier(models.Model):
    """Something by which a member is found: a card, an address, a number in another system.

    `value` is normalised (members.identifiers), so that case, spaces and dots do not make two.
    """

    class Kind(models.TextChoices):
        CARD = "CARD"
        EMAIL = "EMAIL"
        PHONE = "PHONE"
        EXTERNAL = "EXTERNAL"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    system = models.CharField(max_length=40, blank=True)  # whose number it is, when EXTERNAL
    value = models.CharField(max_length=254)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "system", "value"], name="identifier_once"),
            models.CheckConstraint(
                condition=Q(kind="EXTERNAL") ^ Q(system=""), name="identifier_system_if_external"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.lower()}:{self.value}"


class Consent(models.Model):
    """A receipt: what the member agreed to or withdrew, in which words, when and where."""

    class Purpose(models.TextChoices):
        OFFERS = "OFFERS"
        PROFILING = "PROFILING"

    class Channel(models.TextChoices):
        EMAIL = "EMAIL"
        SMS = "SMS"
        PUSH = "PUSH"
        ANY = "ANY"

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
