"""The keys that rules can choose from: what each is called, and how one is found.

Categories, locations and tiers are the programme's own. Of products and brands this app knows
nothing: an upper app registers who finds them when it starts.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext_lazy

from loyalty.models import Budget, Category, Location, TierSet


class KnownKey(NamedTuple):
    """A key with what readers of a language call it."""

    key: str
    label: str


class Search(NamedTuple):
    """What is looked for: in which programme, by what word ("" is whatever there is), how many."""

    programme_id: int
    said: str
    most: int
    language: str


MOST_NAMED = 5_000

Finder = Callable[[Search], Iterable[KnownKey]]
_finders: dict[str, Finder] = {}


def register_finder(field: str, finder: Finder) -> None:
    """Let `finder` find the keys of a field of the rule document, such as "line.product"."""
    _finders[field] = finder


def find_keys(field: str, search: Search) -> list[KnownKey]:
    """The known keys that go with what is looked for, at most so many; none for other fields."""
    finder = _finders.get(field)
    return list(finder(search))[: search.most] if finder else []


def name_keys(
    field: str, *, programme_id: int, keys: Sequence[str], language: str
) -> dict[str, str]:
    """What those of the keys are called that are called anything."""
    if field in ("line.category", "basket.contains"):
        rows = Category.objects.filter(programme_id=programme_id, key__in=keys)
        return {row.key: _name(row, language) for row in rows}
    if field == "member.tier":
        return {tier.key: tier.label for tier in _tiers(programme_id, language)}
    if field.startswith("segment.") and field in _finders:  # few, and all of them are found by ""
        known = find_keys(field, Search(programme_id, "", MOST_NAMED, language))
        return {each.key: each.label for each in known if each.key in keys}
    return {}


def _name(row: Category | Budget, language: str) -> str:
    return row.name_nl if language == "nl" else row.name_en


# --- The programme's own -----------------------------------------------------------------------


def _categories(search: Search) -> Iterable[KnownKey]:
    rows = Category.objects.filter(programme_id=search.programme_id)
    said = search.said
    if said:
        rows = rows.filter(
            Q(key__icontains=said) | Q(name_nl__icontains=said) | Q(name_en__icontains=said)
        )
    name = "name_nl" if search.language == "nl" else "name_en"
    return [KnownKey(*row) for row in rows.order_by(name).values_list("key", name)[: search.most]]


CHANNELS: dict[str, Any] = {
    "web": gettext_lazy("Webshop"),
    "app": gettext_lazy("App"),
    "store": gettext_lazy("Store"),
    "social": gettext_lazy("Social media"),
}


def _channels(search: Search) -> Iterable[KnownKey]:
    return [KnownKey(key, str(label)) for key, label in CHANNELS.items()]


def _locations(search: Search) -> Iterable[KnownKey]:
    rows = Location.objects.filter(
        programme_id=search.programme_id, name__icontains=search.said
    ).order_by("name")
    return [KnownKey(name, name) for name in rows.values_list("name", flat=True)[: search.most]]


def _tiers_like(search: Search) -> Iterable[KnownKey]:
    said = search.said.lower()
    known = _tiers(search.programme_id, search.language)
    return [tier for tier in known if said in tier.key.lower() or said in tier.label.lower()]


def _tiers(programme_id: int, language: str) -> list[KnownKey]:
    policies = TierSet.objects.filter(programme_id=programme_id).order_by("pk")
    tiers = [
        tier for policy in policies.values_list("policy", flat=True) for tier in policy["tiers"]
    ]
    return [
        KnownKey(tier["key"], tier.get("name", {}).get(language) or tier["key"]) for tier in tiers
    ]


def _contents(search: Search) -> Iterable[KnownKey]:
    """What a basket can be asked to contain: categories, then products."""
    return [*_categories(search), *find_keys("line.product", search)]


register_finder("line.category", _categories)
register_finder("activity.channel", _channels)
register_finder("activity.location", _locations)
register_finder("member.tier", _tiers_like)
register_finder("basket.contains", _contents)
