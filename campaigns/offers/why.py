"""Why a member sees an offer, as a sentence that names the real ground, in both languages."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from loyalty.types import Words

_SENTENCES: Mapping[str, Words] = {
    "ASKED": {
        "nl": "Je vertelde ons dat {theme} je interesseert.",
        "en": "You told us that you like {theme}.",
    },
    "BOUGHT": {
        "nl": "Je kocht de afgelopen 30 dagen {times} {theme}.",
        "en": "You bought {theme} {times} in the past 30 days.",
    },
    "INFERRED": {
        "nl": "{share}% van wat je het afgelopen jaar uitgaf, was voor {theme}.",
        "en": "{share}% of what you spent in the past year was on {theme}.",
    },
    "HERE": {"nl": "Dit geldt hier, in {place}.", "en": "This is on here, in {place}."},
    "ASKED_STORE": {
        "nl": "Je vertelde ons dat je graag in {place} winkelt.",
        "en": "You told us that you like to shop in {place}.",
    },
    "OFTEN_HERE": {
        "nl": "Je winkelt vaak in {place}.",
        "en": "You often shop in {place}.",
    },
    "CAMPAIGN": {
        "nl": "Je doet mee aan de actie “{campaign}”.",
        "en": "You take part in “{campaign}”.",
    },
    "TIER": {"nl": "Dit is voor leden met {tier}.", "en": "This is for members with {tier}."},
    "NEW": {"nl": "Nieuw bij {shop}.", "en": "New at {shop}."},
    "SHOP": {
        "nl": "{shop} laat dit nu aan alle leden zien; niets over jou is hiervoor gebruikt.",
        "en": "{shop} shows this to all members now; nothing about you was used for it.",
    },
}
_TIMES: Mapping[str, list[str]] = {
    "nl": ["", "één keer", "twee keer", "drie keer", "vier keer", "vijf keer"],
    "en": ["", "once", "twice", "three times", "four times", "five times"],
}


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """One ground on which an offer suits a member, and what its sentence is filled with."""

    score: float
    code: str
    params: Mapping[str, Any]


def tell(ground: Ground) -> Words:
    """The sentence of a ground, in both languages."""
    return {"nl": _said(ground, "nl"), "en": _said(ground, "en")}


def _said(ground: Ground, language: Literal["nl", "en"]) -> str:
    filled = {name: _word(name, value, language) for name, value in ground.params.items()}
    said = _SENTENCES[ground.code][language].format(**filled)
    return said[:1].upper() + said[1:]


def _word(name: str, value: Any, language: str) -> str:
    if name == "times":
        known = _TIMES[language]
        more = "keer" if language == "nl" else "times"
        return known[value] if value < len(known) else f"{value} {more}"
    return str(value[language] if isinstance(value, dict) else value)
