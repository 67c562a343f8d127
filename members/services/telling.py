"""Rows of an export in words: what each value is called, and lists within lists."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats, translation

Told = list[tuple[str, str, list[Any]]]  # what it is called; a text, or further rows
LANGUAGES = {"nl", "en"}
_DUTCH = {
    "account": "rekening", "activity": "activiteit", "added at": "toegevoegd op", "after": "daarna",
    "agreed at": "toegestemd op", "amount": "bedrag", "answered at": "beantwoord op",
    "attributes": "bijzonderheden", "available from": "te gebruiken vanaf", "balance": "saldo",
    "before": "daarvoor", "blocked at": "geblokkeerd op", "brand": "merk", "category": "categorie",
    "cause": "oorzaak", "channel": "kanaal", "claimed at": "opgevraagd op", "deed": "wat",
    "effective at": "ging in op", "ended at": "eindigde op", "ends at": "eindigt op",
    "expires at": "vervalt op", "family name": "achternaam", "field": "vraag",
    "given name": "voornaam", "granted": "gekregen", "joined at": "lid sinds",
    "joined campaign": "lid geworden door", "joined location": "lid geworden in",
    "joined through": "lid geworden via", "is given": "gegeven", "kind": "soort",
    "language": "taal", "last at": "laatst op", "last login": "laatst ingelogd", "later": "later",
    "lines": "regels", "location": "waar", "lots": "partijen", "movements": "mutaties",
    "name": "naam", "number": "nummer", "occurred at": "gebeurd op", "on": "op",
    "owed": "schuld", "points": "punten", "product": "artikel", "programme": "programma",
    "purpose": "doel", "quantity": "aantal", "reason": "reden", "recorded at": "vastgelegd op",
    "redeemed at": "verzilverd op", "remaining": "over", "reward": "beloning", "role": "wie",
    "rule": "regel", "sent at": "gestuurd op", "source": "bron", "starts at": "begint op",
    "state": "stand", "text": "tekst", "tier": "niveau", "times": "keer", "type": "soort",
    "unit": "eenheid", "used at": "gebruikt op", "used location": "gebruikt in", "value": "waarde",
    "verified at": "bewezen op", "voucher": "voucher", "why": "waarom", "written at": "geschreven op",
}  # fmt: skip


def told(row: dict[str, Any], language: str) -> Told:
    """What the row says, without what is empty."""
    zone = ZoneInfo(settings.TIME_ZONE)
    with translation.override(language):
        return [
            (_name(key, language), *_parts(_value(value, language, zone)))
            for key, value in row.items()
            if value not in (None, "", [], {}) and not _is_of_another(key, row, language)
        ]


def _parts(value: Any) -> tuple[str, list[Any]]:
    return ("", value) if isinstance(value, list) else (value, [])


def _is_of_another(key: str, row: dict[str, Any], language: str) -> bool:
    """Whether it is the same text in the other language."""
    stem, _, end = key.rpartition("_")
    return end in LANGUAGES and end != language and f"{stem}_{language}" in row


def _name(key: str, language: str) -> str:
    stem, _, end = key.rpartition("_")
    plain = (stem if end in LANGUAGES and stem else key).replace("__", " ").replace("_", " ")
    return _DUTCH.get(plain, plain) if language == "nl" else plain


def _value(value: Any, language: str, zone: ZoneInfo) -> Any:
    if isinstance(value, dict) and value and set(value) <= LANGUAGES:
        return value.get(language) or next(iter(value.values()))
    if isinstance(value, dict):
        return [told(value, language)]
    if isinstance(value, list):
        rows = [told(each, language) for each in value if isinstance(each, dict)]
        return rows or ", ".join(str(each) for each in value)
    if isinstance(value, bool):
        return {"nl": ("nee", "ja"), "en": ("no", "yes")}[language][value]
    return _moment(value, zone) if isinstance(value, str) else str(value)


def _moment(text: str, zone: ZoneInfo) -> str:
    """A moment in the house's own time; any other text as it is."""
    if len(text) < len("2026-01-01T00:00:00Z") or text[10:11] != "T":
        return text
    try:
        moment = datetime.fromisoformat(text).astimezone(zone)
    except ValueError:
        return text
    return str(formats.date_format(moment, "j F Y H:i"))
