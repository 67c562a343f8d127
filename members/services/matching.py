"""Who is meant by several identifiers at once; never a guess."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from members.errors import IdentifierBlocked, IdentifiersOfTwoMembers
from members.identifiers import Kind, ParsedIdentifier, address_without_tag, parse_identifier
from members.models import DuplicateCandidate, Identifier, Membership

SURE = 90  # of 100: somebody had identifiers of both at hand
LIKELY = 60

_PRIORITY = {
    (Kind.CARD, True): 0,
    (Kind.CARD, False): 0,
    (Kind.EXTERNAL, True): 1,
    (Kind.EXTERNAL, False): 1,
    (Kind.EMAIL, True): 2,
    (Kind.PHONE, True): 3,
    (Kind.PHONE, False): 3,
    (Kind.EMAIL, False): 4,
}
"""The stronger, the lower: by kind, and whether it was verified."""


def match_member(*, programme_id: int, identifiers: Sequence[str]) -> Membership | None:
    """The member whom these identifiers mean, all of them that are known; None when none is.

    Raises IdentifierBlocked when one of them was blocked, IdentifiersOfTwoMembers (with `members`)
    when they mean different people, and InvalidRequest.
    """
    known = by_priority([parse_identifier(text) for text in identifiers])
    if any(each.blocked_at for each in known):
        raise IdentifierBlocked("This card was blocked.", field="identifiers")
    members = list(dict.fromkeys(each.member_id for each in known))
    if len(members) > 1:
        raise two_members(members[0], members[1])
    memberships = Membership.objects.select_related("member").filter(programme_id=programme_id)
    return memberships.filter(member_id=members[0]).first() if members else None


def by_priority(keys: Sequence[ParsedIdentifier]) -> list[Identifier]:
    """Those of the keys that somebody has, the strongest first.

    A card, a number elsewhere, a verified address, a telephone number, an unverified address.
    """
    wanted = Q(pk__in=[])
    for key in keys:
        wanted |= Q(kind=key.kind, system=key.system, value=key.value)
    known = Identifier.objects.filter(wanted).order_by("pk") if keys else Identifier.objects.none()
    return sorted(known, key=lambda each: _PRIORITY[Kind(each.kind), bool(each.verified_at)])


def two_members(first: UUID, second: UUID) -> IdentifiersOfTwoMembers:
    """The refusal that names both, for `noting_duplicates`."""
    refusal = IdentifiersOfTwoMembers(
        "These identifiers belong to different members.", field="identifiers"
    )
    refusal.members = (first, second)
    return refusal


@contextmanager
def noting_duplicates(*, at: datetime) -> Iterator[None]:
    """When two members turn out to be meant, leave that to be decided, and refuse all the same."""
    try:
        yield
    except IdentifiersOfTwoMembers as refusal:
        if refusal.members:
            note_duplicate(members=refusal.members, score=SURE, reasons=["given_together"], at=at)
        raise


@transaction.atomic
def note_duplicate(
    *, members: tuple[UUID, UUID], score: int, reasons: Sequence[str], at: datetime
) -> DuplicateCandidate | None:
    """Two members may be one person: for somebody to decide, once; the stronger reason counts.

    What was decided before stays so. None when they are one member already.
    """
    first, second = sorted(members)
    if first == second:
        return None
    candidate, is_new = DuplicateCandidate.objects.select_for_update().get_or_create(
        first_id=first,
        second_id=second,
        defaults={"score": score, "reasons": list(reasons), "found_at": at},
    )
    if not is_new and candidate.state == DuplicateCandidate.State.OPEN:
        candidate.score = max(candidate.score, score)
        candidate.reasons = list(dict.fromkeys([*candidate.reasons, *reasons]))
        candidate.save(update_fields=["score", "reasons"])
    return candidate


def note_twin(*, member_id: UUID, identifiers: Sequence[ParsedIdentifier], at: datetime) -> None:
    """An address with a tag is somebody else's than the one without, but perhaps the same person's."""
    for key in identifiers:
        if key.kind != Kind.EMAIL or (plain := address_without_tag(key.value)) == key.value:
            continue
        known = Identifier.objects.filter(kind=Kind.EMAIL, system="", value=plain).first()
        if known is not None:
            pair = (known.member_id, member_id)
            note_duplicate(members=pair, score=LIKELY, reasons=["same_mailbox"], at=at)
