"""From what was submitted to what is recorded: each member's new activities judged in order.

In order of happening each is one step on from the member's standing. Nothing is read or written
here; whether the standing was still that one is seen when the chain is recorded.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import uuid_utils.compat

from loyalty.services import judging
from loyalty.services.rulebook import Rulebook
from loyalty.types import Activity, Award, MemberFacts, Outcome, Reason
from members.services.reading import Reading
from members.services.submissions import fingerprint_of
from members.types import ActivitySubmission, Holder, KeptAward, Key, RevisedAward, Submitted

POINTS = "points"

# Rows as members_record_activities takes them. Of a line: product, category, brand, quantity,
# amount, points, kind, the sale's line.
LineRow = tuple[str, str, str, Decimal, Decimal, int, str, int | None]
# Of a grant: external id, unit, issuance account, points, available_from, expires_at, awaits,
# expiry, sliding, reasons, the key that it adds to, the unit's code, account.
GrantRow = tuple[
    str,
    int,
    int,
    int,
    datetime | None,
    datetime | None,
    str,
    str,
    bool,
    Any,
    Key | None,
    str,
    int | None,
]


class Wanted(NamedTuple):
    """One submission on its way; `n` is its place among those that came with it."""

    n: int
    submission: ActivitySubmission
    submitted: Submitted
    key: Key

    @property
    def order(self) -> tuple[datetime, Key]:
        """Its place among what the member did."""
        return self.submitted.activity.occurred_at, self.key


class Item(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One activity as members_record_activities takes it."""

    n: int
    id: UUID
    type: str
    source: str
    external_id: str
    fingerprint: str
    occurred_at: datetime
    channel: str
    location: str
    amount: Decimal
    points: int
    rule_set: int
    facts: MemberFacts
    award: KeptAward
    lines: list[LineRow]
    grants: list[GrantRow] | None = None
    points_paid: int = 0
    spend: tuple[int, list[Any]] | None = None
    tender: Decimal = Decimal(0)
    original: str = ""
    attributes: dict[str, str] = {}


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What an activity is worth from now on, and what is booked for it."""

    activity: UUID
    number: int
    cause: UUID
    facts: MemberFacts
    award: RevisedAward
    points: int
    fingerprint: str
    at: datetime
    grants: list[GrantRow]
    backs: list[tuple[str, int, int, list[Key], str, list[Any]]]
    restores: list[tuple[str, Key, int, datetime | None, list[Any]]]


class Chain(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """All that is recorded of one member at once, as members_record_activities takes it."""

    account: int
    membership: int
    holder: UUID
    sequence: int
    last_at: datetime
    standing: msgspec.Raw
    items: list[Item]
    earlier: list[Revision] | None = None  # of activities that are recorded
    own: list[Revision] | None = None  # of these items, for returns that waited for them
    uses: dict[str, tuple[int, int | None]] | None = None
    slides: list[tuple[int, datetime, datetime]] | None = None
    moves: list[judging.TierChange] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it only adds: no return, nothing of what was changes, none is paid with points."""
        return not (self.earlier or self.own) and not any(
            item.original or item.spend for item in self.items
        )


class Judged(NamedTuple):
    """A chain to record, and the whole awards by the items' places."""

    chain: Chain
    awards: dict[int, Award]


def is_in_order(group: Sequence[Wanted], holder: Holder, reading: Reading) -> bool:
    """Whether these are plain steps on from the member's standing, one after the other.

    A purchase paid with points is one when it comes alone: it may be refused.
    """
    if not is_in_time(group, holder):
        return False
    if len(group) == 1:
        wanted = group[0]
        return not wanted.submitted.original and wanted.key not in reading.awaited
    return all(is_plain(wanted, reading) for wanted in group)


def is_in_time(group: Sequence[Wanted], holder: Holder) -> bool:
    """Whether all of it happened after all that the standing knows of."""
    if holder.is_unfolded:
        return False
    first = min(wanted.order for wanted in group)
    return holder.last_at is None or first > (holder.last_at, holder.last_key or ("", ""))


def is_plain(wanted: Wanted, reading: Reading) -> bool:
    """Neither a return, nor a sale for which one is waiting, nor paid with points."""
    submitted = wanted.submitted
    return (
        not submitted.original and not submitted.points_paid and wanted.key not in reading.awaited
    )


def judged_in_order(
    book: Rulebook,
    group: Sequence[Wanted],
    holder: Holder,
    before: judging.Standing,
    shared: dict[str, int],
    *,
    tells_all: bool,
) -> Judged:
    """A member's new activities as one chain; what they use of shared limits is added to `shared`.

    Without `tells_all` the awards have the reasons that are kept.
    """
    joined_on = joined_on_of(book, holder)
    ledger = Ledger(book, holder)
    standing = before
    items: list[Item] = []
    awards: dict[int, Award] = {}
    for wanted in sorted(group, key=lambda one: one.order):
        activity = wanted.submitted.activity
        limits = judging.shared_limits(book.rule_set, activity)
        segments = holder.segments_at(activity.occurred_at)
        facts, award, after = judging.judge(
            book.rule_set,
            standing,
            activity,
            joined_on=joined_on,
            segments=segments,
            shared={key: shared[key] for key in limits if key in shared},
            tells_all=tells_all,
        )
        for key, amount in judging.shared_uses(award).items():
            shared[key] = shared.get(key, 0) + amount
            ledger.use(key, amount, limits.get(key))
        awards[wanted.n] = award
        ledger.step(standing, after, activity.occurred_at, joined_on)
        standing = after
        tiers = judging.tiers_at(book.rule_set, standing, activity.occurred_at, joined_on, segments)
        items.append(ledger.item(wanted, facts, award, tiers=tiers))
    return Judged(ledger.chain(items, standing), awards)


def joined_on_of(book: Rulebook, holder: Holder) -> date:
    """The day on which the member joined, there where the programme is."""
    return holder.joined_at.astimezone(book.zone).date()


class Ledger:
    """What a chain does to the books, gathered activity by activity."""

    def __init__(self, book: Rulebook, holder: Holder) -> None:
        self.book = book
        self.holder = holder
        self.uses: dict[str, tuple[int, int | None]] = {}
        self.slides: list[tuple[str, datetime, datetime]] = []
        self.moves: list[judging.TierChange] = []

    def step(
        self, before: judging.Standing, after: judging.Standing, at: datetime, joined_on: date
    ) -> None:
        """Tell which tiers this step on from the standing changed."""
        rules = self.book.rule_set
        self.moves += judging.tier_changes(before, after, rules, at=at, joined_on=joined_on)

    def use(self, key: str, amount: int, ceiling: int | None) -> None:
        """Use so much of a shared limit, up to its ceiling; below zero frees it."""
        if amount:
            self.uses[key] = (self.uses.get(key, (0, None))[0] + amount, ceiling)

    def item(
        self,
        wanted: Wanted,
        facts: MemberFacts,
        award: Award,
        *,
        tiers: dict[str, str],
        activity_id: UUID | None = None,
    ) -> Item:
        """One new activity, with what it was judged by and what it grants."""
        submitted, book = wanted.submitted, self.book
        activity, activity_id = submitted.activity, activity_id or uuid_utils.compat.uuid7()
        lots = judging.lots(book.rule_set, activity, award, facts) if award.points >= 0 else []
        self.slide(activity, lots)
        pending = [lot.points for lot in lots if lot.unit == POINTS and lot.waits(activity)]
        return Item(
            n=wanted.n,
            id=activity_id,
            type=activity.type,
            source=wanted.key[0],
            external_id=wanted.key[1],
            fingerprint=fingerprint_of(book, self.holder, submitted),
            occurred_at=activity.occurred_at,
            channel=activity.channel,
            location=activity.location,
            amount=activity.amount,
            points=award.points,
            rule_set=book.rule_set_id,
            facts=facts,
            award=kept_award(award, pending=sum(pending), tiers=tiers),
            lines=lines_of(submitted, award),
            grants=[
                self.grant(activity_id, str(n), lot, says_why=len(lots) > 1)
                for n, lot in enumerate(lots, 1)
            ]
            or None,
            points_paid=submitted.points_paid,
            spend=(book.redeemed_account, []) if submitted.points_paid else None,
            tender=activity.tender,
            original=submitted.original,
            attributes=activity.attributes,
        )

    def grant(
        self,
        activity: UUID,
        suffix: str,
        lot: judging.GrantedLot,
        *,
        adds_to: Key | None = None,
        says_why: bool = True,
    ) -> GrantRow:
        """A lot as members_grant takes it, under the activity's key with that end.

        Its reasons are left out when they are the award's.
        """
        unit = self.book.units[lot.unit]
        return (
            *(f"{activity}:{suffix}", unit.unit_id, unit.issuance, lot.points),
            *(lot.available_from, lot.expires_at, lot.awaits, lot.expiry, lot.is_sliding),
            *(lot.reasons if says_why else None, adds_to, lot.unit),
            self.holder.account_id if lot.unit == POINTS else None,
        )

    def slide(self, activity: Activity, lots: Sequence[judging.GrantedLot]) -> None:
        """Let points that end by inactivity live on; each activity counts, for the times between."""
        until = judging.slides(self.book.rule_set, activity, lots)
        self.slides += [(unit, end, activity.occurred_at) for unit, end in until.items()]

    def chain(
        self,
        items: list[Item],
        after: judging.Standing,
        *,
        earlier: list[Revision] | None = None,
        own: list[Revision] | None = None,
    ) -> Chain:
        """All of it as members_record_activities takes it."""
        book, holder = self.book, self.holder
        last_at = max(item.occurred_at for item in items)
        return Chain(
            account=holder.account_id,
            membership=holder.membership_id,
            holder=holder.holder,
            sequence=holder.sequence,
            last_at=after.last_at or last_at,
            standing=judging.standing_json(after),
            items=items,
            earlier=earlier or None,
            own=own or None,
            uses=self.uses or None,
            slides=[
                (book.units[unit].unit_id, until, at)
                for unit, until, at in self.slides
                if unit in book.units
            ]
            or None,
            moves=self.moves or None,
        )


def kept_award(award: Award, *, pending: int = 0, tiers: dict[str, str] | None = None) -> KeptAward:
    """The award without what rule set, facts and basket give again: reasons that gave nothing."""
    return KeptAward(
        points=award.points,
        line_points=award.line_points,
        loose_points=award.loose_points,
        grants=award.grants,
        uses=award.uses,
        reasons=told_reasons(award),
        pending=pending,
        tiers=tiers or {},
    )


def told_reasons(award: Award) -> tuple[Reason, ...]:
    """The reasons that are kept: those that gave something."""
    return tuple([each for each in award.reasons if each.outcome is Outcome.APPLIED])


def lines_of(submitted: Submitted, award: Award) -> list[LineRow]:
    """The basket's lines with what each earned; of a return, the parts that come back."""
    if submitted.original:
        returned = award.line_points or (0,) * len(submitted.returned)
        return [
            ("", "", "", part.quantity, part.amount, taken, "GOODS", part.line)
            for part, taken in zip(submitted.returned, returned, strict=True)
        ]
    lines = submitted.activity.lines
    points = award.line_points or (0,) * len(lines)
    return [
        (
            *(line.product, line.category, line.brand, line.quantity, line.amount),
            *(earned, line.kind.value, None),
        )
        for line, earned in zip(lines, points, strict=True)
    ]
