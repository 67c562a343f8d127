"""Recording what members did: read, judge without a lock, write; again when something moved on.

The writing function compares the standing with the one that was judged by, so what is written was
judged by what then held, however many tills and batches were at it at the same time.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, UniqueViolation

from loyalty.errors import AccountClosed, DomainError, InsufficientPoints, KeyConflict
from loyalty.services import judging
from loyalty.services.rule_sets import rule_set
from loyalty.services.rulebook import Rulebook, rulebook
from loyalty.types import Award, MemberFacts
from members.errors import MemberUnknown
from members.models import Member
from members.selectors import id_in, memberships_of_one
from members.services.histories import judged_again
from members.services.judging import (
    POINTS,
    Chain,
    Item,
    Judged,
    Wanted,
    is_in_order,
    is_in_time,
    is_plain,
    judged_in_order,
)
from members.services.reading import Known, Reading, read
from members.services.submissions import check_submission, fingerprint_of
from members.types import ActivitySubmission, Holder, KeptAward, RecordedActivity

Answer = RecordedActivity | DomainError
Renew = Callable[[int], Rulebook]

ATTEMPTS = 3  # without a lock
_LOCKED_ATTEMPTS = 3
SEVERAL = 2  # plain purchases, from which on writing them in one go is the faster way
STALE = "STALE"
OWING = "OWING"
_RECORD = "SELECT * FROM members_record_activities(%s, %s::jsonb, %s, %s)"
_TOGETHER = (
    "SELECT * FROM members_record_together(%s, %s::bigint[], %s::bigint[], %s::jsonb, %s, %s)"
)
_LOCK = "SELECT members_lock(%s, %s, %s)"

_encode = msgspec.json.Encoder().encode
_award = msgspec.json.Decoder(KeptAward).decode
_plain = msgspec.json.Decoder(Award).decode
_units = msgspec.json.Decoder(dict[str, int]).decode
_facts = msgspec.json.Decoder(MemberFacts).decode


class _Row(NamedTuple):
    """What members_record_activities answers; balances of what was granted, by the unit, as JSON."""

    n: int
    outcome: str
    balance: int | None
    balances: str | None


class Recorder:
    """The way of some activities that came together, until each has its answer."""

    def __init__(
        self,
        book: Rulebook,
        *,
        actor: str,
        at: datetime,
        renew: Renew | None,
        tells_all: bool = True,
    ) -> None:
        self.book = book
        self.actor = actor
        self.at = at
        self.renew = renew or self._of_version
        self.tells_all = tells_all
        self.answers: dict[int, Answer] = {}

    def _of_version(self, version: int) -> Rulebook:
        return rulebook(programme_id=self.book.programme_id, configuration=version)

    def record(self, submissions: Sequence[ActivitySubmission]) -> list[Answer]:
        """An answer for each, in their order."""
        waiting = [
            wanted
            for n, submission in enumerate(submissions)
            if (wanted := self._checked(n, submission))
        ]
        for _attempt in range(ATTEMPTS):
            if waiting:
                waiting = self._attempt(waiting)
        for wanted in waiting:
            self._record_locked(wanted)
        return [self.answers[n] for n in range(len(submissions))]

    def _checked(self, n: int, submission: ActivitySubmission) -> Wanted | None:
        source = submission.source or self.actor.removeprefix("api:")
        try:
            submitted = check_submission(submission, book=self.book, source=source, at=self.at)
        except DomainError as refusal:
            self.answers[n] = refusal
            return None
        return Wanted(n, submission, submitted, (source, submission.external_id))

    def _attempt(self, waiting: list[Wanted]) -> list[Wanted]:
        """Record what can be recorded now; what has to be judged again."""
        once = {wanted.key: wanted for wanted in reversed(waiting)}
        again = [wanted for wanted in waiting if once[wanted.key] is not wanted]
        reading = self._read(list(once.values()))
        groups = self._groups([each for each in waiting if once[each.key] is each], reading)
        shared = dict(reading.shared)
        judged: list[Judged] = []
        for holder, group in groups:
            standing = judging.read_standing(holder.standing)
            if is_in_order(group, holder, reading) and not judging.is_behind(
                standing, self.book.rule_set
            ):
                judged.append(
                    judged_in_order(
                        self.book, group, holder, standing, shared, tells_all=self.tells_all
                    )
                )
            elif len(group) > 1 and (runs := self._runs(group, holder, reading)):
                again += [wanted for run in runs for wanted in self._attempt(run)]
            else:
                judged += self._with_history(holder, group, reading)
        again += self._write(judged, {wanted.n: wanted for wanted in waiting})
        return sorted(again)

    def _read(self, wanted: list[Wanted]) -> Reading:
        """What they are judged by, under the rules of that same moment."""
        while True:
            limits = {
                key
                for each in wanted
                for key in judging.shared_limits(self.book.rule_set, each.submitted.activity)
            }
            reading = read(
                self.book,
                [each.submission for each in wanted],
                [each.key for each in wanted],
                limits,
            )
            if reading.version == self.book.version:
                return reading
            self.book = self.renew(reading.version)

    def _groups(self, waiting: list[Wanted], reading: Reading) -> list[tuple[Holder, list[Wanted]]]:
        """The new ones by member; what is refused or known already is answered."""
        holders: dict[int, Holder] = {}
        groups: dict[int, list[Wanted]] = {}
        for wanted in waiting:
            try:
                holder = reading.holder(wanted.submission.member)
            except DomainError as refusal:
                self.answers[wanted.n] = refusal
                continue
            if known := reading.known.get(wanted.key):
                self.answers[wanted.n] = self._repeated(known, wanted, holder)
                continue
            first = holders.setdefault(holder.account_id, holder)
            if holder.last_key and not first.last_key:
                holders[holder.account_id] = holder
            groups.setdefault(holder.account_id, []).append(wanted)
        return [(holders[account], groups[account]) for account in sorted(groups)]

    def _repeated(self, known: Known, wanted: Wanted, holder: Holder) -> Answer:
        """The first answer again, or the refusal of another activity under its key."""
        if known.fingerprint not in self._fingerprints(holder, wanted):
            return _conflict(wanted)
        kept = _award(known.award)
        award = _plain(known.award)
        if known.rule_set and not wanted.submitted.original:
            award = judging.award_again(
                rule_set(known.rule_set), wanted.submitted.activity, _facts(known.facts)
            )
        return RecordedActivity(
            id=known.id,
            award=award,
            balance=known.balance_after,
            is_replay=True,
            pending=kept.pending,
            tiers=kept.tiers,
            balances=kept.balances,
        )

    def _fingerprints(self, holder: Holder, wanted: Wanted) -> Iterator[str]:
        """What the same activity was known by: the member's own, and what a merge made theirs."""
        yield fingerprint_of(self.book, holder, wanted.submitted)
        for membership in memberships_of_one(holder.membership_id):
            other = msgspec.structs.replace(holder, membership_id=membership)
            yield fingerprint_of(self.book, other, wanted.submitted)

    def _with_history(self, holder: Holder, group: list[Wanted], reading: Reading) -> list[Judged]:
        """What is not simply the next step, judged with all that the member did."""
        judged, refused = judged_again(self.book, holder, group, reading.shared, at=self.at)
        self.answers |= refused
        return [judged] if judged else []

    def _runs(self, group: list[Wanted], holder: Holder, reading: Reading) -> list[list[Wanted]]:
        """Parts that are each judged in their turn; none when the history is judged once for all.

        In the order of happening plain steps go together, what is more than a step alone. Of late
        ones only what is paid with points is taken alone: it may be refused.
        """
        in_time = is_in_time(group, holder)
        if not in_time and not any(each.submitted.points_paid for each in group):
            return []
        runs: list[list[Wanted]] = []
        was_plain = False
        for wanted in sorted(group, key=lambda one: one.order) if in_time else group:
            plain = in_time and is_plain(wanted, reading)
            if plain and was_plain:
                runs[-1].append(wanted)
            else:
                runs.append([wanted])
            was_plain = plain
        return runs if len(runs) > 1 else []

    def _record_locked(self, wanted: Wanted) -> None:
        """Judged and written under the locks: nobody can be in between."""
        for _attempt in range(_LOCKED_ATTEMPTS):
            with transaction.atomic():
                reading = self._read([wanted])
                try:
                    holder = reading.holder(wanted.submission.member)
                except DomainError as refusal:
                    self.answers[wanted.n] = refusal
                    return
                limits = judging.shared_limits(self.book.rule_set, wanted.submitted.activity)
                with connection.cursor() as cursor:
                    cursor.execute(
                        _LOCK, [self.book.programme_id, holder.account_id, sorted(limits)]
                    )
                if not self._attempt([wanted]):
                    return
        raise OperationalError("an activity could not be recorded for all that moved")

    def _write(self, judged: list[Judged], wanted: dict[int, Wanted]) -> list[Wanted]:
        """Write the chains; the activities that have to be judged again."""
        if not judged:
            return []
        judged.sort(key=lambda one: one.chain.account)
        plain = [one.chain for one in judged if one.chain.is_plain]
        chains = [one.chain for one in judged if not one.chain.is_plain]
        rows: list[_Row] = []
        if sum(len(chain.items) for chain in plain) >= SEVERAL:
            rows = self._together(plain)
            owing = {row.n for row in rows if row.outcome == OWING}
            rows = [row for row in rows if row.outcome != OWING]
            plain = [chain for chain in plain if chain.items[0].n in owing]
        chains = sorted([*plain, *chains], key=lambda chain: chain.account)
        rows += self._call(chains, _RECORD) if chains else []
        items = {item.n: item for one in judged for item in one.chain.items}
        awards = {n: award for one in judged for n, award in one.awards.items()}
        again: list[Wanted] = []
        for row in rows:
            if row.outcome == STALE:
                again.append(wanted[row.n])
            elif row.outcome == "CLOSED":
                self.answers[row.n] = _closed(wanted[row.n].submission.member)
            else:
                self.answers[row.n] = self._answer(items[row.n], awards[row.n], row)
        return again

    def _together(self, chains: list[Chain]) -> list[_Row]:
        """Write plain steps of many members in one go."""
        accounts = [chain.account for chain in chains]
        return self._call(chains, _TOGETHER, accounts, [chain.sequence for chain in chains])

    def _call(self, chains: list[Chain], function: str, *arguments: Any) -> list[_Row]:
        """Run the database function; all is STALE when two callers crossed each other's keys."""
        said = [*arguments, _encode(chains).decode(), self.actor, self.at]
        try:
            with connection.cursor() as cursor:
                cursor.execute(function, [self.book.programme_id, *said])
                return [_Row(*row) for row in cursor.fetchall()]
        except (OperationalError, IntegrityError) as error:
            crossed = isinstance(error.__cause__, DeadlockDetected | UniqueViolation)
            if not crossed or connection.in_atomic_block:
                raise
            return [_Row(item.n, STALE, None, None) for chain in chains for item in chain.items]

    def _answer(self, item: Item, award: Award, row: _Row) -> Answer:
        if row.outcome == "INSUFFICIENT":
            return InsufficientPoints(
                f"The member has fewer than {item.points_paid} usable points.",
                field="points_paid.points",
            )
        return RecordedActivity(
            id=item.id,
            award=award,
            balance=row.balance or 0,
            is_replay=False,
            pending=item.award.pending,
            tiers=item.award.tiers,
            balances=_balances(row.balances),
        )


def _balances(said: str | None) -> dict[str, int]:
    """Of other units than points."""
    if not said or said == "{}":
        return {}
    return {unit: held for unit, held in _units(said).items() if unit != POINTS}


def _conflict(wanted: Wanted) -> KeyConflict:
    source, external_id = wanted.key
    return KeyConflict(
        f"{source}:{external_id} was used before for a different activity.", field="external_id"
    )


def _closed(said: str) -> DomainError:
    """Nobody knows whom this id was, once they are forgotten."""
    member_id = id_in(said)
    if member_id and Member.objects.filter(pk=member_id).exclude(erased_at=None).exists():
        return MemberUnknown("No member has this identifier.", field="member")
    return AccountClosed("The member's account is closed.", field="member")
