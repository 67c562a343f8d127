"""Campaigns in words: their states, why they stopped, the members in them."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import HOLDOUT, UNIVERSAL, Campaign

State = Campaign.State
COLOURS = {
    "DRAFT": "warning",
    "REVIEW": "info",
    "APPROVED": "info",
    "LIVE": "success",
    "PAUSED": "danger",
    "ENDED": "default",
}
STOP_REASONS = {
    "budget": gettext_lazy("Its budget is spent."),
    "killed": gettext_lazy("All campaigns were stopped at once."),
    "over": gettext_lazy("Its last day has been."),
}
OUTCOMES = {
    "done": gettext_lazy("done"),
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
}
REFUSED = {
    "no_budget": gettext_lazy("no budget"),
    "budget": gettext_lazy("no budget"),
    "limit_reached": gettext_lazy("had it already"),
    "reward_unavailable": gettext_lazy("reward not available"),
    "reward_sold_out": gettext_lazy("reward run out"),
    "account_closed": gettext_lazy("account closed"),
}


def stopped_because(campaign: Campaign) -> str:
    """Why it does not go on, if it does not."""
    if not campaign.stop_reason:
        return ""
    code, _colon, rest = campaign.stop_reason.partition(":")
    said = STOP_REASONS.get(code)
    if said is None:
        return campaign.stop_reason
    return f"{said} {rest.strip()}".strip()


def arm_name(arm: str, variants: dict[str, str]) -> str:
    """An arm as marketers call it."""
    if arm == HOLDOUT:
        return str(_("Held out"))
    if arm == UNIVERSAL:
        return str(_("Held out of everything"))
    return variants.get(arm, arm)


def outcome_words(outcome: str) -> str:
    code, _colon, why = outcome.partition(":")
    if code in ("refused", "failed"):
        known = REFUSED.get(why)
        return str(_("not done: %s") % (known or why or _("it was refused")))
    return str(OUTCOMES.get(outcome, outcome))


def people(actors: Iterable[str]) -> dict[str, str]:
    """Colleagues by how services note them."""
    ids = {each.removeprefix("staff:") for each in actors if each.startswith("staff:")}
    known = get_user_model().objects.filter(pk__in=[each for each in ids if each.isdigit()])
    return {f"staff:{user.pk}": str(user) for user in known}


def by_name(actor: str, known: dict[str, str]) -> str:
    return known.get(actor, actor.removeprefix("system:"))


def state_of(campaign: Campaign) -> dict[str, Any]:
    return {
        "state": State(campaign.state).label,
        "state_colour": COLOURS[campaign.state],
        "stopped_because": stopped_because(campaign),
    }
