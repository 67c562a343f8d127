"""A campaign in sentences, Dutch or English: when it begins, for whom, and what it does then."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from campaigns.journeys.document import Document, Trigger
from campaigns.journeys.steps import (
    POINTS,
    BonusRule,
    Condition,
    GiveReward,
    Message,
    Points,
    Split,
    Step,
    Tag,
    Wait,
    Webhook,
)
from members.segments.document import read_document
from members.segments.errors import SegmentUnknown
from members.segments.sentences import sentence

Names = Mapping[str, str]  # what keys are called; a key without a name stands for itself

_BEGINS: Final[Mapping[str, tuple[str, str]]] = {
    "enrolled": ("iemand lid wordt", "somebody joins"),
    "first_purchase": ("een lid voor het eerst iets koopt", "a member buys for the first time"),
    "purchase": ("een lid iets koopt", "a member buys something"),
    "tier_reached": ("een lid niveau {tier} bereikt", "a member reaches tier {tier}"),
    "points_expiring": (
        "er over {days} dagen punten van een lid vervallen",
        "points of a member lapse within {days} days",
    ),
    "birthday": ("een lid over {days} dagen jarig is", "a member's birthday is {days} days ahead"),
    "reward_within_reach": (
        "een lid genoeg punten heeft voor een beloning",
        "a member has the points for a reward",
    ),
    "entered_segment": ("een lid in segment {segment} komt", "a member enters segment {segment}"),
    "left_segment": ("een lid segment {segment} verlaat", "a member leaves segment {segment}"),
    "near_location": ("een lid bij {location} is", "a member is at {location}"),
    "silent": ("een lid {days} dagen niets deed", "a member did nothing for {days} days"),
    "activity": ("een lid dit doet: {activity}", "a member does this: {activity}"),
    "once": ("het {date} {time} uur is", "it is {date} at {time}"),
    "daily": ("het {time} uur is, elke dag", "it is {time}, every day"),
    "weekly": ("het {weekday} {time} uur is, elke week", "it is {weekday} {time}, every week"),
    "monthly": (
        "het de {monthday}e van de maand is, {time} uur",
        "it is day {monthday} of the month, {time}",
    ),
    "by_hand": ("iemand er met de hand in wordt gezet", "somebody is put in by hand"),
}
_DAYS: Final = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def campaign_sentences(document: Document, language: str, names: Names) -> list[str]:
    """Return the whole campaign in words; `names` has what tiers, segments and rewards are called."""
    say = Said(language, names)
    sentences = [
        say("Het begint als {0}.", "It begins when {0}.", _begins(document.trigger, say)),
        _again(document, say),
    ]
    if document.segments:
        sentences.append(
            say(
                "Alleen voor leden in {0}.", "Only for members in {0}.", say.list(document.segments)
            )
        )
    if document.without:
        sentences.append(
            say("Niet voor leden in {0}.", "Not for members in {0}.", say.list(document.without))
        )
    if len(document.variants) > 1:
        called = [v.names.get(say.key, v.key) for v in document.variants]
        sentences.append(
            say(
                "Het lot verdeelt de leden over {0}.",
                "Members are divided by lot over {0}.",
                say.list(called),
            )
        )
    return sentences + _steps(document.steps, say) + _by_variant(document, say)


class Said:
    def __init__(self, language: str, names: Names) -> None:
        self.key = "nl" if language.startswith("nl") else "en"
        self.names = names

    def __call__(self, nl: str, en: str, *said: Any) -> str:
        return (nl if self.key == "nl" else en).format(*said)

    def name(self, key: str) -> str:
        return self.names.get(key, key)

    def list(self, keys: Sequence[str]) -> str:
        *most, last = [f"“{self.name(key)}”" for key in keys]
        return f"{', '.join(most)} {self('of', 'or')} {last}" if most else last

    def days(self, count: int) -> str:
        if count == 1:
            return self("1 dag", "1 day")
        return self("{0} dagen", "{0} days", count)


def _begins(trigger: Trigger, say: Said) -> str:
    if trigger.kind == "birthday" and not trigger.days:
        return say("een lid jarig is", "it is a member's birthday")
    if trigger.kind == "tier_reached" and not trigger.tier:
        return say("een lid een nieuw niveau bereikt", "a member reaches a new tier")
    if trigger.kind == "near_location" and not trigger.location:
        return say("een lid in een winkel is", "a member is in a shop")
    nl, en = _BEGINS[trigger.kind]
    return (nl if say.key == "nl" else en).format(
        tier=say.name(trigger.tier),
        segment=say.name(trigger.segment),
        location=say.name(trigger.location),
        activity=say.name(trigger.activity),
        weekday=_DAYS[say.key][trigger.weekday or 0],
        monthday=trigger.monthday,
        days=trigger.days,
        date=trigger.date,
        time=trigger.time,
    )


def _again(document: Document, say: Said) -> str:
    if document.again == "once":
        return say("Elk lid doet één keer mee.", "Each member takes part once.")
    if document.again == "every":
        return say(
            "Een lid kan na {0} opnieuw meedoen.",
            "A member can take part again after {0}.",
            say.days(document.again_days or 1),
        )
    return say("Een lid doet elke keer mee.", "A member takes part each time.")


def _by_variant(document: Document, say: Said) -> list[str]:
    sentences: list[str] = []
    for key, steps in document.steps_by_variant.items():
        sentences.append(say("In variant “{0}”:", "In variant “{0}”:", say.name(key)))
        sentences += _steps(steps, say)
    return sentences


def _steps(steps: Sequence[Step], say: Said) -> list[str]:
    sentences: list[str] = []
    for step in steps:
        sentences.append(_step(step, say))
        if isinstance(step, Condition):
            sentences += _branch(say("Zo ja:", "If so:"), step.yes, say)
            sentences += _branch(say("Zo niet:", "If not:"), step.no, say)
        elif isinstance(step, Split):
            whole = sum(part.weight for part in step.parts)
            for part in step.parts:
                share = round(100 * part.weight / whole)
                sentences += _branch(say("{0}%:", "{0}%:", share), part.steps, say)
    return sentences


def _branch(label: str, steps: Sequence[Step], say: Said) -> list[str]:
    said = _steps(steps, say) or [say("niets.", "nothing.")]
    return [f"{label} {said[0][0].lower()}{said[0][1:]}", *said[1:]]


def _step(step: Step, say: Said) -> str:
    if isinstance(step, Wait):
        return _wait(step, say)
    nl, en, said = _gives(step, say) or _goes(step, say)
    return say(nl, en, *said)


def _gives(step: Step, say: Said) -> tuple[str, str, list[Any]] | None:
    """What the member gets by a step, if anything."""
    match step:
        case Message():
            name = [say.name(step.template)]
            return "Het lid krijgt bericht “{0}”.", "The member gets message “{0}”.", name
        case Points():
            if step.unit != POINTS:
                counted = [step.points, say.name(step.unit)]
                return "Het lid krijgt {0} “{1}”.", "The member gets {0} “{1}”.", counted
            return "Het lid krijgt {0} punten.", "The member gets {0} points.", [step.points]
        case GiveReward():
            name = [say.name(step.reward)]
            return "Het lid krijgt “{0}” cadeau.", "The member is given “{0}”.", name
        case BonusRule():
            nl = "Regel “{0}” geldt {1} lang voor dit lid."
            en = "Rule “{0}” holds for this member for {1}."
            return nl, en, [say.name(step.rule), say.days(step.days)]
    return None


def _goes(step: Step, say: Said) -> tuple[str, str, list[Any]]:
    """What happens otherwise."""
    match step:
        case Condition():
            return "We kijken of dit klopt: {0}.", "We look whether {0}.", [asked(step.asks, say)]
        case Tag():
            nl, en = "Het lid komt in segment “{0}”.", "The member joins segment “{0}”."
            if step.days:
                nl, en = nl[:-1] + " voor {1}.", en[:-1] + " for {1}."
            return nl, en, [say.name(step.segment), say.days(step.days)]
        case Webhook():
            en = "Another system is told as “{0}”."
            return "Een ander systeem hoort het als “{0}”.", en, [step.event]
    return "Het lot verdeelt de leden.", "Members are divided by lot.", []


def asked(asks: Mapping[str, Any], say: Said) -> str:
    """The question of a condition in words, without capital or full stop."""
    try:
        return sentence(read_document(asks), say.key, say.names)
    except SegmentUnknown:
        return say("iets dat niet meer gevraagd kan worden", "something holds that nobody can ask")


def _wait(step: Wait, say: Said) -> str:
    parts = []
    if step.days:
        parts.append(say.days(step.days))
    if step.hours:
        parts.append(say("{0} uur", "{0} hours", step.hours))
    if step.until:
        parts.append(say("tot {0} uur", "until {0}", step.until))
    return say("Dan wachten we {0}.", "Then we wait {0}.", say(" en ", " and ").join(parts))
