"""Dose tests: how often members may hear from us, itself drawn by lot."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from campaigns.errors import DoseTestRefused
from campaigns.experiments.allocation import HOLDOUT, arm_of
from campaigns.experiments.dose import Advice, advise
from campaigns.models import ContactChoice, ContactPolicy, DoseTest
from campaigns.services.dose_counts import Counted, counts_of
from campaigns.services.rewriting import among
from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import Programme
from members.models import Membership

State = DoseTest.State
FEWEST = 30  # members at a dose, before anything is said
MOST = 50  # messages in cap_days
MOST_DOSES = 8
WHOLE = 100  # per cent


class DoseFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A dose test as it was read: what each dose did, and the advice; None while there are too few."""

    counted_at: str
    is_early: bool
    members: int
    sent: dict[int, float]  # messages to a member at each dose, on average
    advice: Advice | None = None


def caps_of(membership_ids: Sequence[int], at: datetime) -> dict[int, int]:
    """Return for each membership how many marketing messages it may get in the policy's cap_days.

    That is the dose which a live test drew for it, else the programme's cap; and never more than
    the member chose. Four queries, however many there are.
    """
    of = dict[int, tuple[int, UUID]]()
    rows = Membership.objects.filter(pk__in=among(membership_ids, "bigint"))
    for pk, programme_id, member_id in rows.values_list("pk", "programme_id", "member_id"):
        of[pk] = programme_id, member_id
    programmes = {programme_id for programme_id, _ in of.values()}
    policies = ContactPolicy.objects.filter(programme__in=programmes)
    caps = dict(policies.values_list("programme_id", "cap"))
    live = DoseTest.objects.filter(programme__in=programmes, state=State.LIVE, starts_at__lte=at)
    tests = {test.programme_id: test for test in live}
    choices = ContactChoice.objects.filter(membership__in=among(membership_ids, "bigint"))
    chosen = dict(choices.values_list("membership_id", "at_most"))
    usual = ContactPolicy().cap
    found = {}
    for pk, (programme_id, member_id) in of.items():
        cap = caps.get(programme_id, usual)
        if test := tests.get(programme_id):
            dose = dose_of(test, member_id)
            cap = cap if dose is None else dose
        at_most = chosen.get(pk)
        found[pk] = cap if at_most is None else min(cap, at_most)
    return found


def dose_of(test: DoseTest, member_id: UUID) -> int | None:
    """Return the dose that a test drew for a member; None for who does not take part."""
    variants = [(str(dose), 1) for dose in test.doses]
    arm = arm_of(test.salt, member_id, 100 - test.share, None, variants)
    return None if arm == HOLDOUT else int(arm)


@transaction.atomic
def save_dose_test(
    *,
    programme_id: int,
    name: str,
    doses: Sequence[int],
    share: int,
    reading_on: date,
    actor: str,
    at: datetime,
) -> DoseTest:
    """Draft a test of several caps on the part `share`, in per cent, of the members.

    Raises InvalidRequest for doses that cannot be compared, and for a day that is not to come.
    """
    distinct = sorted(set(doses))
    if not 1 < len(distinct) <= MOST_DOSES or not all(0 <= dose <= MOST for dose in distinct):
        raise InvalidRequest(
            f"Give 2 to {MOST_DOSES} different doses of 0 to {MOST} messages.", field="doses"
        )
    if not 1 <= share <= WHOLE:
        raise InvalidRequest("A part of the members: 1 to 100 per cent.", field="share")
    programme = Programme.objects.get(pk=programme_id)
    if reading_on <= _today(programme, at):
        raise InvalidRequest("Say a day that is still to come.", field="reading_on")
    return DoseTest.objects.create(
        programme=programme,
        name=name,
        doses=distinct,
        salt=secrets.token_hex(16),
        share=share,
        reading_on=reading_on,
        created_by=actor,
        created_at=at,
    )


@transaction.atomic
def start_dose_test(*, dose_test_id: int, at: datetime) -> DoseTest:
    """Let the lot decide from now on how often each member may hear from us.

    Raises NotFound, and DoseTestRefused if it has begun before or another is live.
    """
    test = _locked(dose_test_id)
    if test.state != State.DRAFT:
        raise DoseTestRefused("It has begun already.")
    Programme.objects.select_for_update().get(pk=test.programme_id)
    if DoseTest.objects.filter(programme=test.programme_id, state=State.LIVE).exists():
        raise DoseTestRefused("Another dose test is live; end that first.")
    if test.reading_on <= _today(test.programme, at):
        raise DoseTestRefused("The day on which it is read has passed.", field="reading_on")
    test.state, test.starts_at = State.LIVE, at
    test.save(update_fields=["state", "starts_at"])
    return test


@transaction.atomic
def end_dose_test(*, dose_test_id: int, decision: str, at: datetime) -> DoseTest:
    """Read it a last time, write down what was decided, and let the programme's cap hold again.

    Raises NotFound, InvalidRequest without a decision, DoseTestRefused if it is not live.
    """
    if not decision.strip():
        raise InvalidRequest("Say what was decided.", field="decision")
    test = _locked(dose_test_id)
    if test.state != State.LIVE:
        raise DoseTestRefused("It is not live.")
    _read(test, at)
    test.state, test.ended_at, test.decision = State.ENDED, at, decision.strip()
    test.save()
    return test


@transaction.atomic
def read_dose_test(*, dose_test_id: int, at: datetime) -> DoseFigures:
    """Count what each dose did so far, and keep it.

    Raises NotFound, and DoseTestRefused if it is not live: what was ended is not counted again.
    """
    test = _locked(dose_test_id)
    if test.state != State.LIVE:
        raise DoseTestRefused("It is not live.")
    figures = _read(test, at)
    test.save(update_fields=["figures", "read_at"])
    return figures


def figures_in(test: DoseTest) -> DoseFigures | None:
    """The last figures that a test keeps; None while it was not read."""
    return msgspec.convert(test.figures, DoseFigures, strict=False) if test.figures else None


def _read(test: DoseTest, at: datetime) -> DoseFigures:
    counted = counts_of(test, lambda member_id: dose_of(test, member_id), at)
    figures = DoseFigures(
        counted_at=at.isoformat(),
        is_early=_today(test.programme, at) < test.reading_on,
        members=sum(each.n for each in counted),
        sent={each.dose: each.sent / each.n for each in counted},
        advice=_advice(counted),
    )
    test.figures, test.read_at = msgspec.to_builtins(figures, str_keys=True), at
    return figures


def _advice(counted: Sequence[Counted]) -> Advice | None:
    enough = [each.arm for each in counted if each.n >= FEWEST]
    return advise(enough) if len(enough) > 1 else None


def _locked(dose_test_id: int) -> DoseTest:
    found = DoseTest.objects.select_for_update(of=("self",)).select_related("programme")
    test = found.filter(pk=dose_test_id).first()
    if test is None:
        raise NotFound("There is no such dose test.", field="dose_test_id")
    return test


def _today(programme: Programme, at: datetime) -> date:
    return at.astimezone(ZoneInfo(programme.time_zone)).date()
