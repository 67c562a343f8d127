"""Standings of members whose activities were not tallied for the tiers that there are now."""

from uuid import UUID

import msgspec
from django.db import transaction

from loyalty.models import Account
from loyalty.services import judging
from loyalty.services.rule_sets import rule_sets
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.services.standings import HeldStanding, locked_standings, set_standing
from loyalty.services.tiers import assigned_to
from members.models import Activity, Membership
from members.past import deeds_of

BATCH = 100


class Recounted(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch did. `last_account` is where the next one goes on, None at the end."""

    accounts: int
    standings: int
    last_account: int | None


@transaction.atomic
def recount_standings(*, programme_id: int, limit: int = BATCH, after: int = 0) -> Recounted:
    """Judge the whole histories of at most `limit` members again whose standing is behind.

    Awards stay as they are booked: only what is known of the member is counted anew. A member who
    does something in the meantime is counted then, so that late or twice makes no difference.
    """
    book = current_rulebook(programme_id=programme_id)
    accounts = list(
        Account.objects.filter(unit_id=book.unit_id, kind=Account.Kind.MEMBER, pk__gt=after)
        .order_by("pk")
        .values_list("pk", "holder", "standing__document")[:limit]
    )
    active = _active([holder for _pk, holder, document in accounts if holder and not document])
    behind = [
        pk
        for pk, holder, document in accounts
        if (document and _is_behind(book, document)) or holder in active
    ]
    for held in locked_standings(behind) if behind else []:
        _recount(book, held)
    last = accounts[-1][0] if len(accounts) == limit else None
    return Recounted(accounts=len(accounts), standings=len(behind), last_account=last)


def _is_behind(book: Rulebook, document: dict[str, object]) -> bool:
    return judging.is_behind(judging.read_standing(document), book.rule_set)


def _active(holders: list[UUID]) -> set[UUID]:
    """Those who did something before standings were kept."""
    did = Activity.objects.filter(membership__holder__in=holders)
    return set(did.values_list("membership__holder", flat=True))


def _recount(book: Rulebook, held: HeldStanding) -> None:
    membership = Membership.objects.get(programme_id=book.programme_id, holder=held.holder)
    deeds = deeds_of(membership.pk, book)
    if not deeds:
        return
    history = judging.judge_history(
        deeds,
        rule_sets=rule_sets({deed.rule_set for deed in deeds}),
        current=book.rule_set,
        joined_on=membership.joined_at.astimezone(book.zone).date(),
        assigned=assigned_to(held.account_id),
    )
    set_standing(held, history.standing)
