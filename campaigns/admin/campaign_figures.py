"""What a campaign has done so far: who is in it, what each step did, what came of its messages."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.utils.translation import gettext as _

from campaigns.admin.campaign_words import arm_name, outcome_words
from campaigns.admin.dispatch_words import REASONS
from campaigns.models import (
    HOLDOUT,
    UNIVERSAL,
    Campaign,
    Dispatch,
    DispatchEvent,
    Participant,
    StepTaken,
)
from loyalty.templatetags.figures import money, number

KEPT_SECONDS = 30
HELD = (HOLDOUT, UNIVERSAL)
Fate = Dispatch.Fate
NOT_SENT = (Fate.DROPPED, Fate.DELAYED, Fate.FAILED, Fate.UNKNOWN)
Kind = DispatchEvent.Kind


def counted(campaign: Campaign) -> dict[str, Any]:
    """The counts of a campaign, at most half a minute old: a live page is looked at often."""
    key = f"campaign-figures:{campaign.pk}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        known = _count(campaign)
        cache.set(key, known, KEPT_SECONDS)
    return known


def _count(campaign: Campaign) -> dict[str, Any]:
    people = Participant.objects.filter(campaign=campaign)
    steps = StepTaken.objects.filter(participant__campaign=campaign)
    dispatches = Dispatch.objects.filter(campaign=campaign)
    came_back = DispatchEvent.objects.filter(dispatch__campaign=campaign)
    return {
        "people": list(people.values_list("arm", "state").annotate(n=Count("pk"))),
        "steps": list(
            steps.values_list("place", "outcome", "participant__arm").annotate(n=Count("pk"))
        ),
        "waiting": list(
            people.filter(state=Participant.State.ACTIVE)
            .values_list("place", "arm")
            .annotate(n=Count("pk"))
        ),
        "fates": dict(dispatches.values_list("fate").annotate(n=Count("pk"))),
        "reasons": list(
            dispatches.filter(fate__in=NOT_SENT)
            .values_list("fate", "reason")
            .annotate(n=Count("pk"))
        ),
        "events": dict(came_back.values_list("kind").annotate(n=Count("dispatch", distinct=True))),
    }


def facts_of(campaign: Campaign, counts: dict[str, Any]) -> list[tuple[str, str]]:
    """The few numbers at the top."""
    entered = sum(n for _arm, _state, n in counts["people"])
    held = sum(n for arm, _state, n in counts["people"] if arm in HELD)
    now = sum(n for _arm, state, n in counts["people"] if state == Participant.State.ACTIVE)
    return [
        (_("Came into it"), number(entered)),
        (_("In it now"), number(now)),
        (_("Held out"), number(held)),
        (_("Messages sent"), number(counts["fates"].get(Fate.SENT, 0))),
        (_("Points given"), _of(number(campaign.spent_points), campaign.budget_points, number)),
        (_("Spent"), _money_spent(campaign)),
    ]


def _of(spent: str, budget: Any, said: Any) -> str:
    return (
        spent
        if budget is None
        else _("%(spent)s of %(budget)s")
        % {
            "spent": spent,
            "budget": said(budget),
        }
    )


def _money_spent(campaign: Campaign) -> str:
    currency = campaign.programme.currency

    def said(amount: Decimal) -> str:
        return money(amount, currency)

    return _of(said(campaign.spent_money), campaign.budget_money, said)


def budget_used(campaign: Campaign) -> str:
    """How much of the tightest budget is used, in per cent; nothing without one."""
    parts = [
        Decimal(spent) / Decimal(budget)
        for spent, budget in (
            (campaign.spent_points, campaign.budget_points),
            (campaign.spent_money, campaign.budget_money),
        )
        if budget
    ]
    return f"{int(max(parts) * 100)}%" if parts else ""


def funnel_of(counts: dict[str, Any]) -> list[dict[str, Any]]:
    """From who came in to who clicked; each as a part of the most."""
    fates, events = counts["fates"], counts["events"]
    reached = sum(n for arm, _state, n in counts["people"] if arm not in HELD)
    rows = [
        (_("Came in, not held out"), reached),
        (_("Messages made ready"), sum(fates.values()) - fates.get(Fate.HELD_OUT, 0)),
        (_("Sent"), fates.get(Fate.SENT, 0)),
        (_("Opened, of who let us see that"), events.get(Kind.OPENED, 0)),
        (_("Clicked"), events.get(Kind.CLICKED, 0)),
    ]
    most = max((n for _name, n in rows), default=0)
    return [
        {"name": name, "count": number(n), "part": round(100 * n / most) if most else 0}
        for name, n in rows
    ]


def not_sent(counts: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Fate, why, how many; the most first."""
    rows = sorted(counts["reasons"], key=lambda row: -row[2])
    return [
        (str(Fate(fate).label), str(REASONS.get(reason.partition(":")[0], reason)), number(n))
        for fate, reason, n in rows
    ]


def arms_of(counts: dict[str, Any], variants: dict[str, str]) -> list[dict[str, Any]]:
    """Each arm with how many came in, are in it now, are done."""
    by_arm: dict[str, Counter[str]] = defaultdict(Counter)
    for arm, state, n in counts["people"]:
        by_arm[arm][state] += n
    order = [*variants, HOLDOUT, UNIVERSAL]
    arms = sorted(by_arm, key=lambda arm: order.index(arm) if arm in order else len(order))
    states = Participant.State
    return [
        {
            "name": arm_name(arm, variants),
            "entered": number(by_arm[arm].total()),
            "active": number(by_arm[arm][states.ACTIVE]),
            "done": number(by_arm[arm][states.DONE]),
            "stopped": number(by_arm[arm][states.STOPPED]),
        }
        for arm in arms
    ]


def steps_by_place(counts: dict[str, Any], variants: dict[str, str]) -> dict[str, list[str]]:
    """What each step did so far, by its place in the document; per arm when there are several."""
    outcomes: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for place, outcome, arm, n in counts["steps"]:
        outcomes[place][(outcome, arm if len(variants) > 1 else "")] += n
    waiting: Counter[str] = Counter()
    for place, _arm, n in counts["waiting"]:
        waiting[place] += n
    said: dict[str, list[str]] = defaultdict(list)
    for place, found in outcomes.items():
        for (outcome, arm), n in sorted(found.items()):
            words = f"{number(n)} {outcome_words(outcome)}"
            said[place].append(f"{arm_name(arm, variants)}: {words}" if arm else words)
    for place, n in waiting.items():
        said[place].append(_("%s before this step now") % number(n))
    return said
