"""Lines that are opening balances: each a transfer, the same line the same one for ever."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from loyalty.models import Programme
from loyalty.services import opening_balances
from loyalty.services.opening_balances import Book, Opening
from members.identifiers import ParsedIdentifier
from members.models import ImportRow
from members.services.importing import values
from members.services.importing.members import refused
from members.services.importing.owners import (
    Holding,
    Job,
    Owner,
    Seen,
    Taken,
    former_holders,
    holdings_of,
    owners_of,
)
from members.services.importing.reading import Line
from members.services.importing.refused import LineRefused

State = ImportRow.Outcome
POINTS = "points"
_Accounts = dict[tuple[str, UUID], tuple[int, bool]]  # by unit and holder: which, is it closed
_NUMBER = re.compile(r"[\w.-]{1,40}")


class Said(NamedTuple):
    """What a line says of a balance."""

    number: int
    keys: list[ParsedIdentifier]
    unit: str
    points: int
    expires_at: datetime | None
    earned_at: datetime
    nth: str  # tells balances of one member and unit apart


class _Placed(NamedTuple):
    said: Said
    place: Holding
    key: str
    former: list[str]  # the keys it would have had before a merge


def take_balances(job: Job, lines: Sequence[Line]) -> list[Taken]:
    """Book what is not booked yet; what is refused harms no other."""
    book = opening_balances.book_of(job.programme_id)
    taken: dict[int, Taken] = {}
    said: list[Said] = []
    for line in lines:
        try:
            job.layout.check(line)
            said.append(_said(job, line, book))
        except LineRefused as refusal:
            taken[line.number] = refused(line.number, refusal)
    _book(job, book, _keyed(job, said, taken), taken)
    return [taken[line.number] for line in lines]


def placed(
    keys: Sequence[ParsedIdentifier],
    owners: Mapping[ParsedIdentifier, Owner],
    places: Mapping[UUID, Holding],
) -> tuple[UUID, Holding]:
    """The member whom the keys point to, and their place. Raises LineRefused for nobody and two."""
    found = {owners[key].member_id for key in keys if key in owners}
    told = ", ".join(key.value for key in keys)
    if len(found) > 1:
        raise LineRefused("two_members", told)
    member = found.pop() if found else None
    if member is None:
        raise LineRefused("unknown_member", told)
    if member not in places:
        raise LineRefused("other_programme")
    return member, places[member]


def _keyed(job: Job, said: list[Said], taken: dict[int, Taken]) -> list[_Placed]:
    """Each with its member and the key of its transfer."""
    slug = Programme.objects.values_list("slug", flat=True).get(pk=job.programme_id)
    owners = owners_of(key for each in said for key in each.keys)
    members = {owner.member_id for owner in owners.values() if owner.member_id}
    places = holdings_of(job.programme_id, members)
    former = former_holders(job.programme_id, list(members))
    found: list[_Placed] = []
    for each in said:
        try:
            member, place = placed(each.keys, owners, places)
            before = [f"{slug}:{old}:{each.unit}:{each.nth}" for old in former.get(member, [])]
            key = f"{slug}:{place.holder}:{each.unit}:{each.nth}"
            found.append(_Placed(each, place, key, before))
        except LineRefused as refusal:
            taken[each.number] = refused(each.number, refusal)
    return found


def _book(job: Job, book: Book, keyed: list[_Placed], taken: dict[int, Taken]) -> None:
    new = _unbooked(keyed, taken, job.seen)
    accounts: _Accounts = {}
    for unit in {each.said.unit for each in new}:
        holders = list({each.place.holder for each in new if each.said.unit == unit})
        found = opening_balances.accounts_for(
            unit_id=book.units[unit].pk, holders=holders, at=job.at
        )
        accounts |= {(unit, holder): account for holder, account in found.items()}
    openings: dict[str, tuple[_Placed, Opening]] = {}
    for each in new:
        try:
            openings.setdefault(each.key, (each, _opening(book, each, accounts, job.at)))
        except LineRefused as refusal:
            taken[each.said.number] = refused(each.said.number, refusal)
    made = opening_balances.book_openings(
        book=book,
        openings=[opening for _, opening in openings.values()],
        actor=job.actor,
        at=job.at,
    )
    for key, (each, _opened) in openings.items():
        number, membership = each.said.number, each.place.membership_id
        taken[number] = Taken(number, State.NEW, membership, made=str(made[key]))
    if job.seen is not None:
        job.seen.add((key, str(each.said.points)) for key, (each, _) in openings.items())
    for each in [each for each in new if each.said.number not in taken]:
        taken[each.said.number] = _same_or_refused(each, openings[each.key][0].said.points)


def _unbooked(keyed: list[_Placed], taken: dict[int, Taken], seen: Seen | None) -> list[_Placed]:
    """Those that are not in the books; one that was taken back may come again, under a next key."""
    left: list[_Placed] = []
    waiting, round_ = keyed, 1
    while waiting:
        known = opening_balances.booked(
            keys=[key for each in waiting for key in (each.key, *each.former)]
        )
        again: list[_Placed] = []
        round_ += 1
        for each in waiting:
            found = [known[key] for key in (each.key, *each.former) if key in known]
            if standing := next((one for one in found if not one.is_undone), None):
                taken[each.said.number] = _same_or_refused(
                    each, standing.points, str(standing.transfer_id)
                )
            elif found:
                again.append(
                    each._replace(
                        key=_next(each.key, round_),
                        former=[_next(key, round_) for key in each.former],
                    )
                )
            elif said := seen.get(each.key) if seen else "":
                taken[each.said.number] = _same_or_refused(each, int(said))
            else:
                left.append(each)
        waiting = again
    return left


def _next(key: str, round_: int) -> str:
    return f"{key.partition('~')[0]}~{round_}"


def _same_or_refused(each: _Placed, points: int, made: str = "") -> Taken:
    number = each.said.number
    if points != each.said.points:
        return refused(number, LineRefused("other_balance", points, field="points"))
    return Taken(number, State.KNOWN, each.place.membership_id, made=made)


def _opening(book: Book, each: _Placed, accounts: _Accounts, at: datetime) -> Opening:
    said = each.said
    account, is_closed = accounts[said.unit, each.place.holder]
    if is_closed:
        raise LineRefused("account_closed")
    opening = Opening(
        account_id=account,
        unit=said.unit,
        points=said.points,
        key=each.key,
        expires_at=said.expires_at,
        earned_at=said.earned_at,
    )
    end = opening_balances.lapses_at(book, opening)
    if end is not None and end <= at:
        last = (end.astimezone(book.zone) - timedelta(days=1)).date()
        raise LineRefused("date_over", last.isoformat(), field="expires_on")
    return opening


def _said(job: Job, line: Line, book: Book) -> Said:
    layout = job.layout
    unit = layout.said(line, "unit").lower() or POINTS
    if unit not in book.units:
        raise LineRefused("unknown_unit", unit[:40], field="unit")
    expires, earned = layout.said(line, "expires_on"), layout.said(line, "earned_on")
    expires_at = earned_at = None
    nth = [layout.said(line, "number")]
    if nth[0] and not _NUMBER.fullmatch(nth[0]):
        raise LineRefused("unreadable", field="number")
    if expires:
        last = values.day(expires, "expires_on")
        expires_at = opening_balances.start_of(book, last + timedelta(days=1))
        nth.append(f"until-{last:%Y%m%d}")
    if earned:
        on = values.day(earned, "earned_on")
        earned_at = opening_balances.start_of(book, on)
        nth.append(f"of-{on:%Y%m%d}")
        if earned_at > job.at:
            raise LineRefused("date_ahead", earned[:40], field="earned_on")
    return Said(
        number=line.number,
        keys=layout.keys(line),
        unit=unit,
        points=values.points(layout.needed(line, "points"), "points"),
        expires_at=expires_at,
        earned_at=earned_at or job.at,
        nth=".".join(filter(None, nth)) or "1",
    )
