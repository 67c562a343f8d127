"""Readings of what campaigns caused: early ones whenever somebody looks, and the one that counts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.db.models import Q

from campaigns.errors import ReadAlready, ReadingNotDue
from campaigns.experiments.allocation import HOLDOUT, UNIVERSAL
from campaigns.experiments.figures import Figures
from campaigns.experiments.reading import read
from campaigns.experiments.statistics import sample_ratio
from campaigns.models import Campaign, CampaignVersion, Reading
from campaigns.services.outcomes import entered_by_version, spent_by, sums_of
from loyalty.errors import NotFound

Goal = Campaign.Goal
SHARES = {Goal.PURCHASED, Goal.REDEEMED}
FEWEST_PLANNED = 1_000
SYSTEM = "system"


@transaction.atomic
def read_campaign(*, campaign_id: int, actor: str, at: datetime, is_final: bool = False) -> Reading:
    """Read what a campaign caused so far, and keep it.

    The final reading is made once, on the day that was said beforehand or after it, whether or not
    the campaign was ended meanwhile. Any other is early, and its intervals are wider for it.
    Raises NotFound, ReadingNotDue before that day (or if none was said), ReadAlready.
    """
    campaign = _locked(campaign_id)
    if is_final:
        _check_due(campaign, at)
    figures = figures_of(campaign, at, is_final=is_final)
    return Reading.objects.create(
        campaign=campaign,
        read_at=at,
        is_final=is_final,
        figures=msgspec.to_builtins(figures),
        actor=actor,
    )


def read_due(at: datetime) -> int:
    """Make the final reading of every campaign whose day has come; how many were made."""
    waiting = Campaign.objects.filter(
        ~Q(readings__is_final=True), launched_at__isnull=False, reading_on__lte=at.date()
    )
    made = 0
    for campaign in waiting.select_related("programme").order_by("pk"):
        if _today(campaign, at) >= (campaign.reading_on or date.max):
            read_campaign(campaign_id=campaign.pk, actor=SYSTEM, at=at, is_final=True)
            made += 1
    return made


def figures_of(campaign: Campaign, at: datetime, *, is_final: bool = False) -> Figures:
    """Count a campaign's figures at a moment, without keeping them."""
    arms = sums_of(campaign, at)
    by_version = entered_by_version(campaign, at)
    entered = _together(by_version.values())
    expected = _expected(campaign, by_version)
    ratio = sample_ratio({arm: n for arm, n in entered.items() if arm != UNIVERSAL}, expected)
    planned = _planned(campaign, sum(entered.values()), at)
    found = read(
        arms,
        sample_ratio=ratio,
        planned=planned,
        is_final=is_final,
        is_share=campaign.goal in SHARES,
        is_money=campaign.goal == Goal.SPEND,
    )
    spent = spent_by(campaign, at)
    held, treated = arms.get(HOLDOUT), [arm for key, arm in arms.items() if key not in _OUT]
    seen = sum(arm.value.n for arm in treated)
    return Figures(
        goal=campaign.goal,
        goal_days=campaign.goal_days,
        verdict=found.verdict,
        is_final=is_final,
        counted_at=at.isoformat(),
        reading_on=campaign.reading_on.isoformat() if campaign.reading_on else "",
        ended_early_on=_ended_early(campaign),
        stop_reason=campaign.stop_reason,
        entered=sum(entered.values()),
        ripe=sum(arm.value.n for arm in arms.values()),
        universal=entered.get(UNIVERSAL, 0),
        held=held.value.n if held else 0,
        held_mean=held.value.mean_y if held else 0.0,
        before_treated=sum(arm.value.n * arm.value.mean_x for arm in treated) / max(seen, 1),
        before_held=held.value.mean_x if held else 0.0,
        overall=found.overall,
        variants=list(found.variants),
        sample_ratio=ratio,
        arms=entered,
        expected=expected,
        explained=found.explained,
        smallest=found.smallest,
        planned=planned,
        cost=float(spent.cost),
        points=spent.points,
    )


def figures_in(reading: Reading) -> Figures:
    """The figures that a reading keeps."""
    return msgspec.convert(reading.figures, Figures)


_OUT = {HOLDOUT, UNIVERSAL}


def _locked(campaign_id: int) -> Campaign:
    found = Campaign.objects.select_for_update(of=("self",)).select_related("programme")
    campaign = found.filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound("There is no such campaign.", field="campaign_id")
    return campaign


def _check_due(campaign: Campaign, at: datetime) -> None:
    if campaign.reading_on is None or _today(campaign, at) < campaign.reading_on:
        raise ReadingNotDue("The day on which it is judged has not come.", field="reading_on")
    if campaign.readings.filter(is_final=True).exists():
        raise ReadAlready("It was judged already, and is judged once.")


def _today(campaign: Campaign, at: datetime) -> date:
    return at.astimezone(ZoneInfo(campaign.programme.time_zone)).date()


def _ended_early(campaign: Campaign) -> str:
    """The day it was ended, if that was before the day on which it would be judged."""
    if campaign.ended_at is None or campaign.reading_on is None:
        return ""
    planned_end = campaign.ends_at
    if planned_end is not None and campaign.ended_at >= planned_end:
        return ""
    ended_on = _today(campaign, campaign.ended_at)
    return ended_on.isoformat() if ended_on < campaign.reading_on else ""


def _planned(campaign: Campaign, entered: int, at: datetime) -> int:
    """How many will have entered by the day it is judged, as reckoned when it was first read.

    It is kept from the first reading on: who may choose it anew at each look looks too often.
    """
    first = campaign.readings.order_by("read_at", "pk").first()
    if first is not None:
        return figures_in(first).planned
    planned = float(entered)
    if campaign.reading_on and campaign.launched_at and at > campaign.launched_at:
        whole = datetime(*campaign.reading_on.timetuple()[:3], tzinfo=UTC) - campaign.launched_at
        planned *= max(1.0, whole / (at - campaign.launched_at))
    return max(FEWEST_PLANNED, round(planned))


def _expected(campaign: Campaign, by_version: Mapping[int, Mapping[str, int]]) -> dict[str, float]:
    """How many were to be expected in each arm, out of those who entered by each version."""
    documents = dict(
        CampaignVersion.objects.filter(campaign=campaign, number__in=by_version).values_list(
            "number", "document"
        )
    )
    expected: dict[str, float] = {}
    for version, entered in by_version.items():
        drawn = sum(n for arm, n in entered.items() if arm != UNIVERSAL)
        held = drawn * campaign.holdout / 100
        expected[HOLDOUT] = expected.get(HOLDOUT, 0.0) + held
        weights = _weights(documents.get(version, {}), entered)
        whole = sum(weights.values()) or 1
        for arm, weight in weights.items():
            expected[arm] = expected.get(arm, 0.0) + (drawn - held) * weight / whole
    return {arm: count for arm, count in expected.items() if count > 0}


def _weights(document: Mapping[str, Any], entered: Mapping[str, int]) -> dict[str, int]:
    """The variants' weights; a version without variants has the one arm that people are in."""
    variants = document.get("variants") or []
    weights = {str(each["key"]): int(each.get("weight", 1)) for each in variants}
    return weights or {arm: 1 for arm in entered if arm not in _OUT}


def _together(versions: Any) -> dict[str, int]:
    entered: dict[str, int] = {}
    for arms in versions:
        for arm, count in arms.items():
            entered[arm] = entered.get(arm, 0) + count
    return entered
