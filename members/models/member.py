from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from members.models.user import User


class Member(models.Model):
    """A person who takes part; what they are called and how they sign in.

    Somebody who was there twice is merged: the one that is absorbed stays as a shell that names
    the other, so that it can be parted again. Of an erased member only the row is left.
    """

    id = models.UUIDField(primary_key=True)
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="member"
    )
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=2, default="nl")
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="absorbed"
    )
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        permissions = [("enrol_member", _("Can enrol members at the till"))]
        constraints = [
            models.CheckConstraint(condition=Q(language__in=["nl", "en"]), name="member_language"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="member_not_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(user__isnull=True, given_name="", family_name=""),
                name="member_erased_has_no_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}".strip() or "…"


class Membership(models.Model):
    """A member in a programme. `holder` is all that the ledger ever learns of the person.

    How they came is kept: the touchpoint (portal, till, api, import, poster …), the location and
    the campaign that brought them.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="memberships")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="memberships")
    holder = models.UUIDField(unique=True)
    joined_at = models.DateTimeField()
    joined_through = models.CharField(max_length=40)
    joined_location = models.CharField(max_length=100, blank=True)
    joined_campaign = models.CharField(max_length=60, blank=True, default="", db_default="")
    join_link = models.ForeignKey(
        "members.JoinLink", null=True, blank=True, on_delete=models.SET_NULL, related_name="joined"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "programme"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return str(self.holder)


class Identifier(models.Model):
    """Something by which a member is found: a card, an address, a number in another system.

    `value` is normalised (members.identifiers), so that case, spaces and dots do not make two.
    One that is blocked (a lost card) finds nobody, and nobody else can have it.
    """

    class Kind(models.TextChoices):
        CARD = "CARD", _("Card")
        EMAIL = "EMAIL", _("E-mail address")
        PHONE = "PHONE", _("Telephone")
        EXTERNAL = "EXTERNAL", _("Number elsewhere")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    system = models.CharField(max_length=40, blank=True)  # whose number it is, when EXTERNAL
    value = models.CharField(max_length=254)
    is_virtual = models.BooleanField(default=False, db_default=False)  # a card on the phone only
    added_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    blocked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "system", "value"], name="identifier_once"),
            models.CheckConstraint(
                condition=Q(kind="EXTERNAL") ^ Q(system=""), name="identifier_system_if_external"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.lower()}:{self.value}"
