"""The fields that a text may name between braces, and how they are filled in."""

import re
from collections.abc import Callable, Mapping

from campaigns.errors import TemplateInvalid
from loyalty.types import Language, Words

Values = Mapping[str, Words | str]

# What each field stands for; `values_of` knows them of every member, a campaign adds the last ones.
FIELDS: dict[str, Words] = {
    "given_name": {"nl": "de voornaam", "en": "the first name"},
    "programme": {"nl": "de naam van het programma", "en": "the programme's name"},
    "points": {"nl": "hoeveel punten iemand heeft", "en": "how many points somebody has"},
    "points_word": {"nl": "hoe punten heten", "en": "what points are called"},
    "tier": {"nl": "de status die iemand heeft", "en": "the tier somebody has"},
    "next_tier": {"nl": "de volgende status", "en": "the next tier"},
    "to_next_tier": {
        "nl": "wat er nog nodig is voor de volgende status, als zin",
        "en": "what the next tier still takes, as a sentence",
    },
    "expiring_points": {
        "nl": "hoeveel punten het eerst verlopen",
        "en": "how many points lapse first",
    },
    "expiring_on": {"nl": "de dag waarop die verlopen", "en": "the day on which these lapse"},
    "reward": {
        "nl": "de mooiste beloning die iemand nu kan kiezen",
        "en": "the best reward somebody can choose now",
    },
    "gift": {"nl": "wat de campagne gaf", "en": "what the campaign gave"},
    "granted": {
        "nl": "hoeveel punten de campagne gaf",
        "en": "how many points the campaign gave",
    },
    "location": {"nl": "de winkel waar het gebeurde", "en": "the shop where it happened"},
    "days": {"nl": "hoeveel dagen het nog duurt", "en": "in how many days"},
}

_FIELD = re.compile(r"\{([a-z_]+)\}")
# With an empty value the space before it goes as well: "Hi {given_name}," is then "Hi,".
_SPACED = re.compile(r"( ?)\{([a-z_]+)\}")


def fields_in(text: str) -> list[str]:
    """The names that stand between braces in the text, in their order."""
    return _FIELD.findall(text)


def check_text(text: str, place: str) -> None:
    """Raises TemplateInvalid for a field that we do not know and for a brace that is none."""
    for name in fields_in(text):
        if name not in FIELDS:
            raise TemplateInvalid("There is no such field; see the list of fields.", field=place)
    if "{" in (rest := _FIELD.sub("", text)) or "}" in rest:
        raise TemplateInvalid("A brace may only stand around the name of a field.", field=place)
    if not text.replace("\n", "").isprintable():
        raise TemplateInvalid("There is something in this text that cannot be seen.", field=place)


def fill_in(
    text: str, language: Language, values: Values, *, write: Callable[[str], str] = str
) -> str:
    """The text with its fields filled in, each value written by `write` (escaped, say).

    A field without a value leaves nothing, nor the space before it.
    """

    def filled(found: re.Match[str]) -> str:
        value = one_line(said_in(values.get(found[2], ""), language))
        return found[1] + write(value) if value else ""

    return _SPACED.sub(filled, text)


def one_line(text: str) -> str:
    """The text without line breaks and whatever else cannot be seen: a name is no markup."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def said_in(value: Words | str, language: Language) -> str:
    """The value in that language; a plain text is the same in each."""
    if isinstance(value, str):
        return value
    return value.get(language) or value.get("nl") or ""
