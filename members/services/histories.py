"""Activities that are not simply the next step: judged with all that their member did.

What comes late, a return, or a sale whose return came first changes what others are worth. The
whole history is folded again, each activity by its own rule set, and the differences between what
is booked and what should be are booked.
"""

from collections.abc import Sequence
from datetime import datetime

import uuid_utils.compat

from loyalty.errors import DomainError
from loyalty.services import judging
from loyalty.services.judging import Deed, JudgedDeed
from loyalty.services.rule_sets import rule_sets
from loyalty.services.rulebook import Rulebook
from loyalty.types import MemberFacts
from members.past import Past, history_of, returned_of, transfers_of
from members.services.corrections import Reviser
from members.services.judging import Item, Judged, Ledger, Wanted, joined_on_of
from members.services.returns import check_return, return_award
from members.types import Holder


def judged_again(
    book: Rulebook, holder: Holder, group: Sequence[Wanted], shared: dict[str, int], *, at: datetime
) -> tuple[Judged | None, dict[int, DomainError]]:
    """The new activities in their places among all that the member did, and what they change.

    With the refusals of returns that cannot be: ReturnExceedsSale, ReturnOfReturn,
    ReturnOfAnothersSale.
    """
    past = list(history_of(holder.membership_id, book))
    new, refused = _accepted(book, holder, [one.deed for one in past], group, shared)
    if not new:
        return None, refused
    joined_on, before = joined_on_of(book, holder), judging.read_standing(holder.standing)
    deeds = [*(one.deed for one in past), *(deed for _wanted, deed in new)]
    folded = judging.judge_history(
        deeds,
        rule_sets=rule_sets({deed.rule_set for deed in deeds}),
        current=book.rule_set,
        joined_on=joined_on,
        assigned=before.assigned,
    )
    judged = {one.deed.key: one for one in folded.judged}
    ledger, items, awards = Ledger(book, holder), [], {}
    recorded: list[Past] = []
    for wanted, deed in new:
        mine = judged[deed.key]
        award = return_award(deed, judged) if deed.original else mine.award
        moment = deed.activity.occurred_at
        tiers = judging.tiers_at(
            book.rule_set, folded.standing, moment, joined_on, holder.segments_at(moment)
        )
        item = ledger.item(wanted, mine.facts, award, tiers=tiers, activity_id=deed.id)
        limits = judging.shared_limits(book.rule_set, deed.activity)
        for key, amount in judging.shared_uses(award).items():
            ledger.use(key, amount, limits.get(key))
        items.append(item)
        awards[wanted.n] = award
        recorded.append(_recorded(deed, item, mine))
    ledger.step(before, folded.standing, folded.standing.last_at or at, joined_on)
    causes = [deed for _wanted, deed in new]
    revise = Reviser(ledger, judged, causes, at=at)
    earlier = revise.all(past)
    chain = ledger.chain(items, folded.standing, earlier=earlier, own=revise.all(recorded))
    return Judged(chain, awards), refused


def _accepted(
    book: Rulebook,
    holder: Holder,
    past: list[Deed],
    group: Sequence[Wanted],
    shared: dict[str, int],
) -> tuple[list[tuple[Wanted, Deed]], dict[int, DomainError]]:
    """What of it can be, in the order in which it came in; and the refusals of the rest."""
    new: list[tuple[Wanted, Deed]] = []
    refused: dict[int, DomainError] = {}
    for wanted in group:
        limits = judging.shared_limits(book.rule_set, wanted.submitted.activity)
        known = MemberFacts(
            segments=holder.segments_at(wanted.submitted.activity.occurred_at),
            used={key: shared[key] for key in limits if key in shared},
        )
        deed = _deed_of(book, wanted, known)
        try:
            check_return(book, deed, [*past, *(one for _wanted, one in new)])
        except DomainError as refusal:
            refused[wanted.n] = refusal
        else:
            new.append((wanted, deed))
    return new, refused


def _recorded(deed: Deed, item: Item, judged: JudgedDeed) -> Past:
    """A new activity as it will be recorded, before anything revises it."""
    return Past(
        deed=deed,
        fingerprint=item.fingerprint,
        points_paid=item.points_paid,
        facts=judged.facts,
        award=judged.award,
        number=0,
        worth=judged.award,
        restored=0,
        further={},
        transfers=transfers_of(deed.id, judged.award.grants, {}),
    )


def _deed_of(book: Rulebook, wanted: Wanted, known: MemberFacts) -> Deed:
    source, external_id = wanted.key
    return Deed(
        id=uuid_utils.compat.uuid7(),
        source=source,
        external_id=external_id,
        activity=wanted.submitted.activity,
        rule_set=book.rule_set_id,
        known=known,
        original=wanted.submitted.original,
        returned=returned_of(wanted.submitted.returned),
    )
