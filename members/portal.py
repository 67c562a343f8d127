"""What the portal's pages ask: whose portal it is, and what a member has told."""

from uuid import UUID

from loyalty.models import Programme
from members.models import Consent, Identifier


def portal_programme() -> Programme | None:
    """The programme whose portal this is: the oldest. None before there is one."""
    return Programme.objects.order_by("pk").first()


def identifiers_of(member_id: UUID) -> list[Identifier]:
    """By what the member can be found, the oldest of each kind first."""
    return list(Identifier.objects.filter(member_id=member_id).order_by("kind", "pk"))


def consents_of(member_id: UUID) -> dict[str, Consent]:
    """What the member last said about each purpose, whichever the channel."""
    said = Consent.objects.filter(member_id=member_id).order_by("recorded_at", "pk")
    return {consent.purpose: consent for consent in said}
