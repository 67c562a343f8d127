"""Taking an import back: what is new by it goes, unless something was done with it since."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet

from loyalty.errors import DomainError
from loyalty.services import opening_balances
from loyalty.services.rulebook import current_rulebook
from members.models import (
    Activity,
    Consent,
    Import,
    ImportRow,
    Member,
    Membership,
    Merge,
    Note,
    ProfileAnswer,
)
from members.services.activities import record_activities
from members.services.importing.refused import problem_of
from members.services.submissions import RETURN
from members.types import ActivitySubmission

Kind = Import.Kind
Outcome = ImportRow.Outcome
CHUNK = 500
_LOOK = 5_000  # rows judged at a time for the preview


class Preview(NamedTuple):
    """What undoing would do: how many go, and how many stay for each reason (see `refused`)."""

    going: int
    staying: dict[str, int]


def preview(*, import_id: UUID, at: datetime) -> Preview:
    """Count what would go and what would stay; writes nothing."""
    found = Import.objects.get(pk=import_id)
    going, staying, after = 0, Counter[str](), 0
    while rows := list(_new(found).filter(number__gt=after).order_by("number")[:_LOOK]):
        after = rows[-1].number
        problems = _JUDGE[found.kind](found, rows, at)
        staying.update(problem for problem in problems.values())
        going += len(rows) - len(problems)
    return Preview(going, dict(staying))


def undo_chunk(found: Import, *, at: datetime) -> int:
    """Undo the next rows, in the open transaction; how many were looked at, 0 at the end."""
    rows = list(_new(found).filter(problem="").order_by("number")[:CHUNK])
    if not rows:
        return 0
    rows = _whole_receipts(found, rows) if found.kind == Kind.HISTORY else rows
    problems = dict(_JUDGE[found.kind](found, rows, at))
    left = [row for row in rows if row.number not in problems]
    problems |= _UNDO[found.kind](found, left, at)
    numbers = [row.number for row in rows if row.number not in problems]
    ImportRow.objects.filter(of=found, number__in=numbers).update(outcome=Outcome.UNDONE)
    by_problem: dict[str, list[int]] = {}
    for number, problem in problems.items():
        by_problem.setdefault(problem, []).append(number)
    for problem, stuck in by_problem.items():
        ImportRow.objects.filter(of=found, number__in=stuck).update(problem=problem_of(problem))
    return len(rows)


def _new(found: Import) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(of=found, outcome=Outcome.NEW)


def _whole_receipts(found: Import, rows: list[ImportRow]) -> list[ImportRow]:
    last = rows[-1]
    rest = _new(found).filter(problem="", made=last.made, number__gt=last.number)
    return [*rows, *rest]


# --- Members -------------------------------------------------------------------------------------


def _judge_members(found: Import, rows: Sequence[ImportRow], _at: datetime) -> dict[int, str]:
    """By number of the line, why its member stays."""
    ids = _places(rows)
    places = {
        place.pk: place for place in Membership.objects.select_related("member").filter(pk__in=ids)
    }
    members = {place.member_id for place in places.values()}
    free = opening_balances.untouched_holders(holders=[place.holder for place in places.values()])
    active = set(
        Activity.objects.filter(membership__in=ids).values_list("membership_id", flat=True)
    )
    merged = _ids(
        Merge.objects.filter(Q(kept__in=members) | Q(absorbed__in=members)), "kept", "absorbed"
    )
    changed = _changed(found, members)
    problems: dict[int, str] = {}
    for row in rows:
        place = places.get(row.membership_id or 0)
        if problem := _member_stays(place, free, active, merged, changed):
            problems[row.number] = problem
    return problems


def _places(rows: Iterable[ImportRow]) -> list[int]:
    return [row.membership_id for row in rows if row.membership_id is not None]


def _member_stays(
    place: Membership | None,
    free: set[UUID],
    active: set[int],
    merged: set[UUID],
    changed: set[UUID],
) -> str:
    if place is None or place.member.erased_at is not None:
        return "is_gone"
    if place.member_id in merged or place.member.merged_into_id:
        return "was_merged"
    if place.pk in active:
        return "has_activities"
    if place.holder not in free:
        return "has_points"
    if place.member.user_id is not None:
        return "has_login"
    return "was_changed" if place.member_id in changed else ""


def _changed(found: Import, members: Iterable[UUID]) -> set[UUID]:
    """Those with something that somebody else wrote or joined since."""
    wanted = list(members)
    others = Membership.objects.filter(member__in=wanted).exclude(programme_id=found.programme_id)
    own_answers = ProfileAnswer.objects.filter(member__in=wanted).exclude(
        source=ProfileAnswer.Source.IMPORT
    )
    return (
        _ids(Note.objects.filter(member__in=wanted), "member")
        | _ids(others, "member")
        | _ids(own_answers, "member")
        | _ids(Consent.objects.filter(member__in=wanted).exclude(actor=found.actor), "member")
    )


def _ids(rows: QuerySet[Any], *fields: str) -> set[UUID]:
    return {found for field in fields for found in rows.values_list(f"{field}_id", flat=True)}


def _undo_members(_found: Import, rows: Sequence[ImportRow], at: datetime) -> dict[int, str]:
    """Remove them all in one go, or if something nobody foresaw holds one, each by themselves."""
    try:
        with transaction.atomic():
            _remove(_places(rows), at)
    except ProtectedError:
        return dict(_undo_alone(rows, at))
    return {}


def _undo_alone(rows: Sequence[ImportRow], at: datetime) -> Iterable[tuple[int, str]]:
    for row in rows:
        try:
            with transaction.atomic():
                _remove(_places([row]), at)
        except ProtectedError:
            yield row.number, "was_changed"


def _remove(membership_ids: Sequence[int], at: datetime) -> None:
    """The people go; in the books nothing is left but empty accounts, which are closed."""
    places = Membership.objects.select_for_update().filter(pk__in=membership_ids)
    known = list(places.values_list("member_id", "holder"))
    opening_balances.close_member_accounts(holders=[holder for _, holder in known], at=at)
    Membership.objects.filter(pk__in=membership_ids).delete()
    Member.objects.filter(pk__in=[member for member, _ in known]).delete()


# --- Balances ------------------------------------------------------------------------------------


def _judge_balances(_found: Import, rows: Sequence[ImportRow], at: datetime) -> dict[int, str]:
    whole = opening_balances.whole_ones(transfer_ids=[int(row.made) for row in rows], at=at)
    return {row.number: "is_spent" for row in rows if int(row.made) not in whole}


def _undo_balances(found: Import, rows: Sequence[ImportRow], at: datetime) -> dict[int, str]:
    problems: dict[int, str] = {}
    for row in rows:
        try:
            opening_balances.take_back(transfer_id=int(row.made), actor=found.actor, at=at)
        except DomainError:
            problems[row.number] = "account_closed"
    return problems


# --- History -------------------------------------------------------------------------------------


def _judge_history(_found: Import, rows: Sequence[ImportRow], _at: datetime) -> dict[int, str]:
    known = Activity.objects.filter(pk__in={row.made for row in rows})
    keys = {
        f"{source}:{external_id}": str(pk)
        for pk, source, external_id in known.values_list("id", "source", "external_id")
    }
    returned = Activity.objects.filter(original__in=list(keys)).values_list("original", flat=True)
    touched = {keys[key] for key in returned}
    there = set(keys.values())
    return {
        row.number: "was_changed" if row.made in touched else "is_gone"
        for row in rows
        if row.made in touched or row.made not in there
    }


def _undo_history(found: Import, rows: Sequence[ImportRow], at: datetime) -> dict[int, str]:
    """A return of each receipt: what it gave goes back, and the story stays readable."""
    made = {row.made for row in rows}
    sales = list(Activity.objects.filter(pk__in=made).select_related("membership"))
    answers = record_activities(
        book=current_rulebook(programme_id=found.programme_id),
        submissions=[
            ActivitySubmission(
                type=RETURN,
                member=str(sale.membership.member_id),
                external_id=f"undo:{sale.pk}",
                occurred_at=at,
                source=sale.source,
                original=sale.external_id,
            )
            for sale in sales
        ],
        actor=found.actor,
        at=at,
        tells_all=False,
    )
    stuck = {
        str(sale.pk)
        for sale, answer in zip(sales, answers, strict=True)
        if isinstance(answer, DomainError)
    }
    return {row.number: "was_changed" for row in rows if row.made in stuck}


_Judge = Callable[[Import, Sequence[ImportRow], datetime], dict[int, str]]
_JUDGE: dict[str, _Judge] = {
    Kind.MEMBERS: _judge_members,
    Kind.BALANCES: _judge_balances,
    Kind.HISTORY: _judge_history,
}
_UNDO: dict[str, _Judge] = {
    Kind.MEMBERS: _undo_members,
    Kind.BALANCES: _undo_balances,
    Kind.HISTORY: _undo_history,
}
