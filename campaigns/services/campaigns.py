"""A campaign's life: drafted, read by another, live, paused, over; its versions never change."""

import secrets
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from campaigns.errors import CampaignKeyTaken, CampaignStateWrong, OwnApproval
from campaigns.journeys.document import all_steps, read_document
from campaigns.journeys.steps import Condition
from campaigns.models import Campaign, CampaignVersion, Participant
from campaigns.services.conditions import check_condition
from loyalty.errors import InvalidRequest, NotFound

State = Campaign.State
CHANGEABLE: Final = frozenset({State.DRAFT, State.REVIEW, State.APPROVED})
LONGEST_KEY: Final = 60
SETTINGS: Final = frozenset(
    {
        *("name_nl", "name_en", "purpose", "goal", "goal_days", "reading_on", "holdout"),
        *("exclusion_group", "priority", "budget_points", "budget_money"),
        *("starts_at", "ends_at"),
    }
)


@transaction.atomic
def save_campaign(
    *,
    programme_id: int,
    key: str,
    document: dict[str, Any],
    actor: str,
    at: datetime,
    campaign_id: int | None = None,
    **settings: Any,
) -> Campaign:
    """Keep a new campaign as a draft, or change one that is not live yet; its key stays.

    One that waited for approval, or had it, is a draft again. `settings` are the campaign's own
    columns (SETTINGS). Raises CampaignInvalid and InvalidRequest with the field, CampaignKeyTaken,
    CampaignStateWrong once it was launched, and NotFound.
    """
    for place, step in all_steps(read_document(document)):
        if isinstance(step, Condition):
            check_condition(step.asks, field=f"steps.{place}")
    unknown = set(settings) - SETTINGS
    if unknown:
        raise InvalidRequest("A campaign has no such setting.", field=min(unknown))
    if campaign_id is None:
        campaign = _new(programme_id, key, actor, at)
    else:
        campaign = _locked(campaign_id, CHANGEABLE)
    for name, value in settings.items():
        setattr(campaign, name, value)
    _check(campaign)
    campaign.state, campaign.asked_by, campaign.approved_by = State.DRAFT, "", ""
    campaign.approved_at = None
    return _with_version(campaign, document, actor, at)


@transaction.atomic
def copy_campaign(
    *, campaign_id: int, key: str, name_nl: str, name_en: str, actor: str, at: datetime
) -> Campaign:
    """A draft that does the same, with lots of its own. Raises NotFound and CampaignKeyTaken."""
    original = _found(campaign_id)
    latest = CampaignVersion.objects.filter(campaign=original).order_by("-number").first()
    kept = ("purpose", "goal", "goal_days", "holdout", "exclusion_group", "priority")
    budgets = ("budget_points", "budget_money")
    return save_campaign(
        programme_id=original.programme_id,
        key=key,
        document=latest.document if latest else {},
        actor=actor,
        at=at,
        name_nl=name_nl,
        name_en=name_en,
        **{name: getattr(original, name) for name in (*kept, *budgets)},
    )


@transaction.atomic
def ask_approval(*, campaign_id: int, actor: str, at: datetime) -> Campaign:
    """Have a draft wait for somebody else's approval. Raises CampaignStateWrong and NotFound."""
    del at
    campaign = _locked(campaign_id, {State.DRAFT})
    campaign.state, campaign.asked_by = State.REVIEW, actor
    campaign.save(update_fields=["state", "asked_by"])
    return campaign


@transaction.atomic
def approve_campaign(*, campaign_id: int, actor: str, at: datetime) -> Campaign:
    """Approve what somebody else made. Raises OwnApproval, CampaignStateWrong and NotFound."""
    campaign = _locked(campaign_id, {State.REVIEW})
    latest = CampaignVersion.objects.get(campaign=campaign, number=campaign.version)
    if actor in (campaign.asked_by, latest.saved_by):
        raise OwnApproval("Somebody else has to approve it.")
    campaign.state, campaign.approved_by, campaign.approved_at = State.APPROVED, actor, at
    campaign.save(update_fields=["state", "approved_by", "approved_at"])
    return campaign


@transaction.atomic
def launch_campaign(*, campaign_id: int, actor: str, at: datetime) -> Campaign:
    """Let members come in from now on. Raises CampaignStateWrong and NotFound."""
    del actor
    campaign = _locked(campaign_id, {State.APPROVED})
    if campaign.ends_at is not None and campaign.ends_at <= at:
        raise InvalidRequest("Its last day has been.", field="ends_at")
    campaign.state, campaign.launched_at = State.LIVE, at
    campaign.save(update_fields=["state", "launched_at"])
    return campaign


@transaction.atomic
def pause_campaign(*, campaign_id: int, actor: str, at: datetime, reason: str = "") -> Campaign:
    """Let nobody come in and nobody take a step. Raises CampaignStateWrong and NotFound."""
    del actor, at
    campaign = _locked(campaign_id, {State.LIVE})
    campaign.state, campaign.stop_reason = State.PAUSED, reason[:200]
    campaign.save(update_fields=["state", "stop_reason"])
    return campaign


@transaction.atomic
def resume_campaign(*, campaign_id: int, actor: str, at: datetime) -> Campaign:
    """Let everybody go on where they were. Raises CampaignStateWrong and NotFound."""
    del actor, at
    campaign = _locked(campaign_id, {State.PAUSED})
    campaign.state, campaign.stop_reason = State.LIVE, ""
    campaign.save(update_fields=["state", "stop_reason"])
    return campaign


@transaction.atomic
def end_campaign(*, campaign_id: int, actor: str, at: datetime, reason: str = "") -> Campaign:
    """Stop it for good, for everybody in it. Raises CampaignStateWrong and NotFound."""
    del actor
    campaign = _locked(campaign_id, {State.LIVE, State.PAUSED})
    campaign.state, campaign.ended_at, campaign.stop_reason = State.ENDED, at, reason[:200]
    campaign.save(update_fields=["state", "ended_at", "stop_reason"])
    stopping = Participant.objects.filter(campaign=campaign, state=Participant.State.ACTIVE)
    stopping.update(state=Participant.State.STOPPED, finished_at=at, wake_at=None)
    return campaign


@transaction.atomic
def set_budget(
    *,
    campaign_id: int,
    budget_points: int | None,
    budget_money: Decimal | None,
    actor: str,
    at: datetime,
) -> Campaign:
    """Let it spend more, or less, also while it runs; None is without end.

    Raises InvalidRequest for less than was spent, CampaignStateWrong once it ended, and NotFound.
    """
    del actor, at
    campaign = _locked(campaign_id, set(State) - {State.ENDED})
    if budget_points is not None and budget_points < campaign.spent_points:
        raise InvalidRequest("More than that was spent.", field="budget_points")
    if budget_money is not None and budget_money < campaign.spent_money:
        raise InvalidRequest("More than that was spent.", field="budget_money")
    campaign.budget_points, campaign.budget_money = budget_points, budget_money
    campaign.save(update_fields=["budget_points", "budget_money"])
    return campaign


@transaction.atomic
def kill_all(*, reason: str, actor: str, at: datetime) -> int:
    """Pause every live campaign of every programme at once; how many."""
    del actor, at
    live = Campaign.objects.filter(state=State.LIVE)
    return live.update(state=State.PAUSED, stop_reason=f"killed: {reason}"[:200])


@transaction.atomic
def end_over(*, at: datetime) -> int:
    """End the campaigns whose last day has been and in which nobody is on the way; how many."""
    over = Campaign.objects.filter(state=State.LIVE, ends_at__lte=at).exclude(
        participants__state=Participant.State.ACTIVE
    )
    ids = list(over.order_by("pk").values_list("pk", flat=True))
    for campaign_id in ids:
        end_campaign(campaign_id=campaign_id, actor="system:campaigns", at=at, reason="over")
    return len(ids)


def _new(programme_id: int, key: str, actor: str, at: datetime) -> Campaign:
    if not key or len(key) > LONGEST_KEY:
        raise InvalidRequest("A key has 1 to 60 letters.", field="key")
    if Campaign.objects.filter(programme_id=programme_id, key=key).exists():
        raise CampaignKeyTaken("Another campaign has this key.", field="key")
    return Campaign(
        programme_id=programme_id,
        key=key,
        salt=secrets.token_hex(16),
        created_by=actor,
        created_at=at,
    )


def _with_version(
    campaign: Campaign, document: dict[str, Any], actor: str, at: datetime
) -> Campaign:
    """The campaign saved, with a version more if it does something else than before."""
    latest = None
    if campaign.pk is not None:
        latest = CampaignVersion.objects.filter(campaign=campaign, number=campaign.version).first()
    is_new = latest is None or latest.document != document or latest.saved_by != actor
    campaign.version += is_new
    campaign.save()
    if is_new:
        CampaignVersion.objects.create(
            campaign=campaign,
            number=campaign.version,
            document=document,
            saved_by=actor,
            saved_at=at,
        )
    return campaign


def _check(campaign: Campaign) -> None:
    for name in ("name_nl", "name_en"):
        if not getattr(campaign, name).strip():
            raise InvalidRequest("Give it a name.", field=name)
    bounds = {"holdout": (0, 90), "priority": (0, 100), "goal_days": (1, 365)}
    for name, (least, most) in bounds.items():
        if not least <= getattr(campaign, name) <= most:
            raise InvalidRequest(f"This is from {least} to {most}.", field=name)
    if campaign.starts_at and campaign.ends_at and campaign.starts_at >= campaign.ends_at:
        raise InvalidRequest("It ends after it begins.", field="ends_at")


def _found(campaign_id: int) -> Campaign:
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound("There is no such campaign.")
    return campaign


def _locked(campaign_id: int, states: set[Campaign.State] | frozenset[Campaign.State]) -> Campaign:
    campaign = Campaign.objects.select_for_update(of=("self",)).filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound("There is no such campaign.")
    if campaign.state not in states:
        raise CampaignStateWrong(f"This cannot be done while it is {campaign.state}.")
    return campaign
