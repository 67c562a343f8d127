"""What the portal's pages ask: whose portal it is, and what a member has told."""

from collections.abc import Iterable
from uuid import UUID

from loyalty.models import Programme
from loyalty.selectors import StatementLine
from members.models import Activity, Consent, Identifier, Membership

ACTIVITY = "activity:"
"""What the source of a transfer begins with when it was earned by an activity."""


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


def activities_behind(
    membership: Membership, lines: Iterable[StatementLine]
) -> dict[tuple[str, str], Activity]:
    """What the member did to earn the points on these lines, by the lines' business keys."""
    keys = [
        (line.source.removeprefix(ACTIVITY), line.external_id)
        for line in lines
        if line.source.startswith(ACTIVITY)
    ]
    found = Activity.objects.defer("award").filter(
        membership=membership,
        source__in={source for source, _ in keys},
        external_id__in=[external_id for _, external_id in keys],
    )
    return {(ACTIVITY + one.source, one.external_id): one for one in found}
