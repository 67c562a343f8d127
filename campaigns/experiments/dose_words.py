"""The advice of a dose test in words."""

from typing import Final

from campaigns.experiments.dose import Advice
from campaigns.experiments.words import Shown, Told

_TEXTS: Final = {
    "nl": {
        "sure": "Houd het op hoogstens {dose} {messages} per {days} dagen.",
        "messages": ("bericht", "berichten"),
        "unsure": (
            "Het beste lijkt hoogstens {dose} {messages} per {days} dagen, maar ook {low} tot "
            "{high} kan."
        ),
        "too_few": "Er zijn nog te weinig leden om iets te zeggen.",
        "chance": "De kans dat dit de beste is van wat getest is: {chance}%.",
        "spend": "Leden gaven dan gemiddeld {spend} uit in deze tijd.",
        "too_much": (
            "Bij {doses} per {days} dagen vertrekken of klagen te veel leden, wat het ook opbrengt."
        ),
        "early": "Tussenstand. Het oordeel komt op {day}, zoals vooraf gezegd.",
    },
    "en": {
        "sure": "Keep to {dose} {messages} in {days} days at most.",
        "messages": ("message", "messages"),
        "unsure": (
            "At most {dose} {messages} in {days} days seems best, but {low} to {high} may be as "
            "good."
        ),
        "too_few": "There are too few members to say anything yet.",
        "chance": "The chance that this is the best of those tested: {chance}%.",
        "spend": "Members then spent {spend} on average in this time.",
        "too_much": (
            "At {doses} in {days} days too many members leave or complain, whatever it brings."
        ),
        "early": "Read early. It is judged on {day}, as was said beforehand.",
    },
}


def advised(
    advice: Advice | None, language: str, *, days: int, shown: Shown, early_until: str = ""
) -> Told:
    """Say which dose to keep, and how sure that is; `early_until` is the day it is judged."""
    texts = _TEXTS[language]
    more = [str(texts["early"]).format(day=early_until)] if early_until else []
    if advice is None:
        return Told(str(texts["too_few"]), more)
    one, many = texts["messages"]
    answer = str(texts["sure" if advice.is_sure else "unsure"]).format(
        dose=advice.dose,
        messages=one if advice.dose == 1 else many,
        days=days,
        low=advice.low,
        high=advice.high,
    )
    kept = next(point for point in advice.points if point.dose == advice.dose)
    too_much = [str(point.dose) for point in advice.points if not point.is_within_limits]
    more = [
        str(texts["chance"]).format(chance=round(advice.chance * 100)),
        str(texts["spend"]).format(spend=shown(kept.spend)),
        *more,
    ]
    if too_much:
        more.append(str(texts["too_much"]).format(doses=", ".join(too_much), days=days))
    return Told(answer, more)
