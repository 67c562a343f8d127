"""Lines that are members: new ones join, known ones stay as they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.errors import DomainError
from loyalty.models import Programme
from members.identifiers import ParsedIdentifier
from members.models import Consent, ImportRow, Membership
from members.services.enrolment import Enrolment, enrol_members
from members.services.importing import values
from members.services.importing.answers import answers_of, keep_answers, questions_of
from members.services.importing.owners import (
    Holding,
    Job,
    Owner,
    Taken,
    holdings_of,
    owners_of,
)
from members.services.importing.reading import Line
from members.services.importing.refused import LineRefused, refused_by
from members.types import ConsentGiven

TOUCHPOINT = "import"
LONGEST_NAME = 100
_LONGEST = {"location": 100, "campaign": 60, "consent_version": 40}
State = ImportRow.Outcome


class _Wanted(NamedTuple):
    line: Line
    keys: list[ParsedIdentifier]
    enrolment: Enrolment
    answers: dict[str, Any]


def take_members(job: Job, lines: Sequence[Line]) -> list[Taken]:
    """Let everybody join whom nobody knows yet; what is refused harms no other."""
    zone = ZoneInfo(Programme.objects.values_list("time_zone", flat=True).get(pk=job.programme_id))
    questions = questions_of(job)
    taken: dict[int, Taken] = {}
    wanted: list[_Wanted] = []
    for line in lines:
        try:
            job.layout.check(line)
            keys = job.layout.keys(line)
            answers = answers_of(job, line, questions)
            wanted.append(_Wanted(line, keys, _enrolment(job, line, keys, zone), answers))
        except LineRefused as refusal:
            taken[line.number] = refused(line.number, refusal)
    _join(job, wanted, taken)
    return [taken[line.number] for line in lines]


def refused(number: int, refusal: LineRefused) -> Taken:
    return Taken(number, State.REFUSED, problem=refusal.problem, field=refusal.field)


def _join(job: Job, wanted: list[_Wanted], taken: dict[int, Taken]) -> None:
    owners = owners_of([key for each in wanted for key in each.keys], job.seen, blocked_too=True)
    members = {owner.member_id for owner in owners.values() if owner.member_id}
    places = holdings_of(job.programme_id, members)
    joining: list[_Wanted] = []
    again: list[tuple[_Wanted, Owner]] = []
    for each in wanted:
        try:
            owner = _owner(each.keys, owners)
            if owner is None:
                joining.append(each)
                owners |= dict.fromkeys(each.keys, Owner(line=each.line.number))
            elif owner.line:
                again.append((each, owner))
            else:
                taken[each.line.number] = _known(each.line.number, owner, places)
        except LineRefused as refusal:
            taken[each.line.number] = refused(each.line.number, refusal)
    _enrol(job, joining, taken)
    _repeat(job, again, taken)


def _owner(keys: list[ParsedIdentifier], owners: dict[ParsedIdentifier, Owner]) -> Owner | None:
    """Who has all of them, or None when nobody has any. Raises LineRefused for anything else."""
    found = [owners[key] for key in keys if key in owners]
    if not found:
        return None
    if len(set(found)) > 1:
        said = ", ".join(key.value for key in keys if key in owners)
        raise LineRefused("two_members", said, field=_field(keys[0]))
    if len(found) < len(keys):
        key = next(key for key in keys if key in owners)
        raise LineRefused("taken", key.value, field=_field(key))
    return found[0]


def _field(key: ParsedIdentifier) -> str:
    return f"ext:{key.system}" if key.system else key.kind.lower()


def _known(number: int, owner: Owner, places: Mapping[UUID, Holding]) -> Taken:
    place = places.get(owner.member_id) if owner.member_id else None
    if place is None:
        raise LineRefused("other_programme")
    return Taken(number, State.KNOWN, place.membership_id)


def _enrol(job: Job, joining: list[_Wanted], taken: dict[int, Taken]) -> None:
    answers = enrol_members(
        programme_id=job.programme_id,
        enrolments=[each.enrolment for each in joining],
        touchpoint=TOUCHPOINT,
        actor=job.actor,
        at=job.at,
    )
    for each, answer in zip(joining, answers, strict=True):
        number = each.line.number
        if isinstance(answer, DomainError):
            taken[number] = refused(number, refused_by(answer))
        else:
            taken[number] = _new(number, answer)
            keep_answers(job, answer.member_id, each.answers)
            if job.seen is not None:
                job.seen.add((str(key), str(number)) for key in each.keys)


def _new(number: int, membership: Membership) -> Taken:
    return Taken(number, State.NEW, membership.pk, made=str(membership.member_id))


def _repeat(job: Job, again: list[tuple[_Wanted, Owner]], taken: dict[int, Taken]) -> None:
    """What an earlier line of the file said: known, or if that one was refused, a try of its own."""
    waiting: list[_Wanted] = []
    for each, owner in again:
        first = taken.get(owner.line)
        if first is not None and first.outcome == State.REFUSED:
            waiting.append(each)
        else:
            found = first.membership_id if first else None
            taken[each.line.number] = Taken(each.line.number, State.KNOWN, found)
    if waiting:
        _join(job, waiting, taken)


# --- What a line says ----------------------------------------------------------------------------


def _enrolment(job: Job, line: Line, keys: list[ParsedIdentifier], zone: ZoneInfo) -> Enrolment:
    layout = job.layout
    tongue = layout.said(line, "language")
    return Enrolment(
        identifiers=[str(key) for key in keys],
        given_name=layout.text(line, "given_name", LONGEST_NAME),
        family_name=layout.text(line, "family_name", LONGEST_NAME),
        language=values.language(tongue, "language") if tongue else "nl",
        location=layout.text(line, "location", _LONGEST["location"]),
        campaign=layout.text(line, "campaign", _LONGEST["campaign"]),
        consents=_consents(job, line),
        joined_at=_joined(job, line, zone),
    )


def _joined(job: Job, line: Line, zone: ZoneInfo) -> datetime | None:
    said = job.layout.said(line, "joined_on")
    if not said:
        return None
    found = datetime.combine(values.day(said, "joined_on"), time.min, tzinfo=zone)
    if found > job.at:
        raise LineRefused("date_ahead", said[:40], field="joined_on")
    return found


def _consents(job: Job, line: Line) -> list[ConsentGiven]:
    """What they agreed to; an empty cell says nothing."""
    found = []
    for field in [*job.layout.places]:
        purpose = field.removeprefix("consent:")
        said = job.layout.said(line, field)
        if purpose == field or not said:
            continue
        version = job.layout.text(line, "consent_version", _LONGEST["consent_version"])
        if not version:
            raise LineRefused("missing", field="consent_version")
        found.append(
            ConsentGiven(
                purpose=purpose,
                is_given=values.yes_or_no(said, field),
                text_version=version,
                channel=Consent.Channel.ANY,
            )
        )
    return found
