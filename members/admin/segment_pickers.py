"""What the keys in a condition can be chosen from: categories, shops, tiers, other segments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import Unit
from loyalty.services.known_keys import KnownKey, Search, find_keys, name_keys
from members.admin.words import TOUCHPOINTS
from members.models import Consent, Identifier, ProfileField, Segment

FINDERS = {  # the field of an earning rule whose keys these are
    "category": "line.category",
    "brand": "line.brand",
    "product": "line.product",
    "location": "activity.location",
    "channel": "activity.channel",
    "tier": "member.tier",
}
FIXED: dict[str, Sequence[tuple[str, Any]]] = {
    "language": [("nl", _("Dutch")), ("en", _("English"))],
    "purpose": Consent.Purpose.choices,
    "consent.channel": Consent.Channel.choices,
    "identifiers": Identifier.Kind.choices,
    "touchpoint": list(TOUCHPOINTS.items()),
}
SORTS = {  # of which sort the keys of an attribute or of its parameter are, when not as called
    "identifiers.verified": "identifiers",
    "joined.channel": "touchpoint",
    "preferences.store": "location",
    "preferences.disliked": "category",
    "profile.choice": "answer",
    "profile.choices": "answer",
}
FREE = {"product", "brand", "channel", "location"}
"""Sorts of which a key may be written that nothing knows yet."""

Find = Callable[[str, int], list[KnownKey]]
Label = Callable[[Sequence[str]], Mapping[str, str]]
Picker = tuple[Find, Label]


@dataclass(frozen=True)
class Keys:
    """Whose keys, and in which language their names; not those of the segment itself."""

    programme_id: int
    language: str
    segment_id: int | None = None


def sort_of(attribute: str, parameter: str = "") -> str:
    """Of which sort the keys are of an attribute, or of what narrows it."""
    if not parameter:
        known = attribute in FIXED or attribute in SORTS
        return SORTS.get(attribute, attribute if known else attribute.rpartition(".")[2])
    own = f"{attribute}.{parameter}"
    return own if own in FIXED else parameter


def picker(sort: str, keys: Keys) -> Picker:
    """Finds keys of that sort by what is said, and names those that are chosen."""
    if sort in FIXED:
        return _fixed([KnownKey(key, str(words)) for key, words in FIXED[sort]])
    if sort == "segment":
        return _of_segments(keys)
    if sort in _LISTS:
        return _fixed(_LISTS[sort](keys))
    field = FINDERS.get(sort, f"segment.{sort}")  # apps above this one register theirs
    return (
        lambda said, most: find_keys(field, Search(keys.programme_id, said, most, keys.language)),
        lambda chosen: name_keys(
            field, programme_id=keys.programme_id, keys=chosen, language=keys.language
        ),
    )


def _fixed(known: Sequence[KnownKey]) -> Picker:
    return (
        lambda said, most: [each for each in known if said.lower() in each.label.lower()][:most],
        lambda _chosen: {each.key: each.label for each in known},
    )


def _of_segments(keys: Keys) -> Picker:
    name = "name_nl" if keys.language == "nl" else "name_en"
    rows = Segment.objects.filter(programme=keys.programme_id).exclude(pk=keys.segment_id or 0)

    def find(said: str, most: int) -> list[KnownKey]:
        found = rows.filter(Q(key__icontains=said) | Q(**{f"{name}__icontains": said}))
        return [KnownKey(*row) for row in found.order_by(name).values_list("key", name)[:most]]

    def label(chosen: Sequence[str]) -> Mapping[str, str]:
        return dict(rows.filter(key__in=chosen).values_list("key", name))

    return find, label


def _questions(keys: Keys) -> list[KnownKey]:
    name = "label_nl" if keys.language == "nl" else "label_en"
    rows = ProfileField.objects.filter(programme=keys.programme_id)
    return [KnownKey(*row) for row in rows.values_list("key", name)]


def _answers(keys: Keys) -> list[KnownKey]:
    rows = ProfileField.objects.filter(programme=keys.programme_id)
    choices = [choice for row in rows.values_list("choices", flat=True) for choice in row]
    named = {choice["key"]: choice.get(keys.language) or choice["key"] for choice in choices}
    return [KnownKey(*pair) for pair in named.items()]


def _units(keys: Keys) -> list[KnownKey]:
    name = "name_nl" if keys.language == "nl" else "name_en"
    rows = Unit.objects.filter(programme=keys.programme_id).order_by("pk")
    return [KnownKey(*row) for row in rows.values_list("code", name)]


def _activities(_keys: Keys) -> list[KnownKey]:
    return [KnownKey(key, str(words)) for key, words in TYPES.items()]


TYPES: dict[str, Any] = {
    "purchase": _("A purchase"),
    "return": _("A return"),
    "review": _("A review"),
    "survey": _("A survey"),
    "referral": _("Bringing in a new member"),
    "share": _("Sharing"),
    "check_in": _("A check-in"),
    "visit": _("A visit"),
}
_LISTS: dict[str, Callable[[Keys], list[KnownKey]]] = {
    "field": _questions,
    "answer": _answers,
    "unit": _units,
    "type": _activities,
}
