"""A campaign drawn as a flow: its steps with their branches, for a template to show as a list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin.around import Around, Choices, language
from campaigns.admin.step_kinds import row_class
from campaigns.admin.step_tree import Part
from campaigns.journeys.sentences import Said, asked
from campaigns.journeys.steps import POINTS
from campaigns.models import Channel
from loyalty.templatetags.figures import number, points

Numbers = Mapping[str, Sequence[str]]  # what each step did, by its place in the document


def flow_steps(
    steps: Sequence[Part], around: Around, numbers: Numbers, path: str = ""
) -> list[dict[str, Any]]:
    """The steps of one list as the template wants them. `path` is where the list stands."""
    return [_step(part, around, numbers, f"{path}{n}") for n, part in enumerate(steps)]


def _step(part: Part, around: Around, numbers: Numbers, place: str) -> dict[str, Any]:
    row = row_class(str(part.get("kind", "")))
    return {
        "kind": part.get("kind", ""),
        "icon": row.icon,
        "title": row.title,
        "says": words_of(part, around),
        "numbers": numbers.get(place, ()),
        "branches": [
            (label, flow_steps(steps, around, numbers, f"{place}.{name}."))
            for name, label, steps in row.drawn_branches(part)
        ],
    }


def words_of(part: Part, around: Around) -> str:
    """What a step does, in a few words; nothing of one that we do not know."""
    say = _WORDS.get(str(part.get("kind", "")))
    return say(part, around) if say else ""


def _message(part: Part, around: Around) -> str:
    channels = [str(Channel(each).label) for each in part.get("channels") or []]
    keys = dict.fromkeys([part["template"], *(part.get("templates") or {}).values()])
    names = " / ".join(f"“{_named(around.templates, key)}”" for key in keys)
    return f"{names}{' · ' if channels else ''}{', '.join(channels)}"


def _condition(part: Part, around: Around) -> str:
    said = asked(part["asks"], Said(language(), around.names_in([part["asks"]])))
    return f"{said[:1].upper()}{said[1:]}?"


def _wait(part: Part, around: Around) -> str:
    said = []
    if part.get("days"):
        said.append(ngettext("%s day", "%s days", part["days"]) % part["days"])
    if part.get("hours"):
        said.append(ngettext("%s hour", "%s hours", part["hours"]) % part["hours"])
    if part.get("until"):
        said.append(_("until %s") % part["until"])
    return ", ".join(said)


def _points(part: Part, around: Around) -> str:
    unit = str(part.get("unit", POINTS))
    if unit != POINTS:
        named = _named(around.units, unit)
        return f"{number(part['points'])} {named}: {part['reason'].get(language(), '')}"
    return f"{points(part['points'])}: {part['reason'].get(language(), '')}"


def _reward(part: Part, around: Around) -> str:
    return _named(around.rewards, part["reward"])


def _bonus_rule(part: Part, around: Around) -> str:
    days = ngettext("for %s day", "for %s days", part["days"]) % part["days"]
    return f"{_named(around.rules, part['rule'])}, {days}"


def _tag(part: Part, around: Around) -> str:
    name = _named(around.segments, part["segment"])
    if not part.get("days"):
        return name
    return f"{name}, {ngettext('for %s day', 'for %s days', part['days']) % part['days']}"


def _webhook(part: Part, around: Around) -> str:
    return str(part["event"])


def _named(choices: Choices, key: str) -> str:
    return dict(choices).get(key, key)


_WORDS: dict[str, Callable[[Part, Around], str]] = {
    "condition": _condition,
    "message": _message,
    "wait": _wait,
    "points": _points,
    "reward": _reward,
    "bonus_rule": _bonus_rule,
    "tag": _tag,
    "webhook": _webhook,
}
