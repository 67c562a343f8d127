"""What a campaign says, as it is kept or as it is being made: sentences, flow, findings."""

from typing import Any

from django.utils.translation import gettext as _

from campaigns.admin.around import Around, language
from campaigns.admin.campaign_editor import CampaignEditor
from campaigns.admin.campaign_words import by_name, people, state_of
from campaigns.admin.flow import Numbers, flow_steps
from campaigns.admin.step_tree import Part, Sent
from campaigns.journeys.document import all_steps, read_document
from campaigns.journeys.lint import findings
from campaigns.journeys.sentences import campaign_sentences
from campaigns.journeys.steps import Condition
from campaigns.models import Campaign, CampaignVersion
from loyalty.errors import DomainError
from loyalty.templatetags.figures import day

State = Campaign.State


def document_of(campaign: Campaign) -> Part:
    """What the campaign's version in force does."""
    versions = CampaignVersion.objects.filter(campaign=campaign, number=campaign.version)
    document: Part = versions.values_list("document", flat=True).first() or {}
    return document


def variants_of(document: Part) -> dict[str, str]:
    """The variants by their keys, as they are called; the one of a campaign without is "main"."""
    named = {
        each["key"]: (each.get("names") or {}).get(language(), each["key"])
        for each in document.get("variants") or []
    }
    return named or {"main": _("In it")}


def sentences_of(document: Part, around: Around) -> list[str]:
    """The whole document in the page's language."""
    try:
        read = read_document(document)
        asked = [step.asks for _place, step in all_steps(read) if isinstance(step, Condition)]
        return campaign_sentences(read, language(), around.names_in(asked))
    except DomainError as refusal:
        return [_("This version cannot be read: %s") % refusal.detail]


def said_of(campaign: Campaign) -> list[str]:
    """What the campaign does, what it is for and what bounds it."""
    return [*sentences_of(document_of(campaign), Around(campaign.programme)), *bounds_of(campaign)]


def sentence_of(campaign: Campaign) -> str:
    """All of it in one paragraph, for the pages that ask."""
    return " ".join(said_of(campaign))


def bounds_of(campaign: Campaign) -> list[str]:
    """The holdout, the goal and the day on which it is judged, as sentences."""
    held = (
        _("%s%% is held out by lot and gets nothing.") % campaign.holdout
        if campaign.holdout
        else _("Nobody is held out.")
    )
    goal = _("It is for: %(goal)s, in the %(days)s days after coming in.") % {
        "goal": Campaign.Goal(campaign.goal).label.lower(),
        "days": campaign.goal_days,
    }
    judged = _("It is judged on %s.") % day(campaign.reading_on) if campaign.reading_on else ""
    return [f"{held} {goal} {judged}".strip()]


def findings_of(campaign: Campaign) -> list[dict[str, str]]:
    """What somebody should look at before it goes live."""
    return _found(
        document_of(campaign), campaign.holdout, campaign.budget_points or campaign.budget_money
    )


def _found(document: Part, holdout: int, budget: Any) -> list[dict[str, str]]:
    try:
        found = findings(
            read_document(document), language(), holdout=holdout, has_budget=bool(budget)
        )
    except DomainError as refusal:
        return [{"weight": "error", "text": refusal.detail}]
    return [{"weight": "warning", "text": each} for each in found]


def looked_at(editor: CampaignEditor) -> dict[str, Any]:
    """What the form says by now, or that it is not finished yet."""
    judged = CampaignEditor(_named(editor.sent), around=editor.around, is_judged=True)
    if not judged.is_valid:
        return {"draft_sentences": [], "findings": [], "is_unfinished": True}
    document, settings = judged.document, judged.fields.settings
    budget = settings["budget_points"] or settings["budget_money"]
    return {
        "draft_sentences": sentences_of(document, editor.around),
        "findings": _found(document, settings["holdout"], budget),
        "is_unfinished": False,
        "flow": flow_steps(document["steps"], editor.around, {}),
    }


def flow_of(campaign: Campaign, document: Part, numbers: Numbers | None = None) -> dict[str, Any]:
    """The campaign as a flow, with what each step did; variants with own steps each have theirs."""
    around, counted = Around(campaign.programme), numbers or {}
    variants = variants_of(document)
    own = [
        (variants.get(key, key), flow_steps(steps, around, counted, f"steps_by_variant.{key}."))
        for key, steps in (document.get("steps_by_variant") or {}).items()
    ]
    return {"flow": flow_steps(document.get("steps", []), around, counted), "flow_by_variant": own}


def standing(campaign: Campaign) -> dict[str, Any]:
    """The state, the sentences, and what can be done next."""
    return {
        **state_of(campaign),
        "sentences": said_of(campaign),
        "next_deed": _next(campaign),
    }


def _next(campaign: Campaign) -> str:
    """Who does what before it is live."""
    if campaign.state == State.DRAFT:
        return _("Next: ask a colleague for approval.")
    if campaign.state == State.REVIEW:
        asked_by = by_name(campaign.asked_by, people([campaign.asked_by]))
        return _("%s asked for approval; somebody else approves it.") % asked_by
    if campaign.state == State.APPROVED:
        approved_by = by_name(campaign.approved_by, people([campaign.approved_by]))
        return _("Approved by %s: it can be launched.") % approved_by
    return ""


def _named(sent: Sent) -> Sent:
    """What was sent, with names where there are none yet: the sentences do not need them."""
    named = sent.copy()
    for name in ("name_nl", "name_en"):
        if not named.get(name):
            named[name] = "–"
    return named
