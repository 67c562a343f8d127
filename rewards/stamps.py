"""Stamp cards: for what a stamp is given, as an earning rule and in words; and how full a card is.

Pure. A card's `collect` is one of these documents, told apart by `by`.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from loyalty.errors import InvalidRequest
from loyalty.types import Words

Code = Annotated[str, Meta(pattern=r"^[^,+\s]([^,\x00-\x1f]{0,58}[^,\s])?(?![\s\S])")]
Codes = Annotated[tuple[Code, ...], Meta(max_length=200)]
Money = Annotated[str, Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,2})?(?![\s\S])")]
Most = Annotated[int, Meta(ge=0, le=1000)]
Trigger = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,39}(?![\s\S])")]

MOST_TO_FILL = 100


class _Way(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="by"):
    """What all ways share: at most so many stamps a day; 0 is any number."""

    most_a_day: Most = 0


class ByPurchase(_Way, frozen=True, kw_only=True, tag="purchase"):
    """A stamp for every purchase of at least so much."""

    minimum: Money = "0"


class ByProduct(_Way, frozen=True, kw_only=True, tag="product"):
    """A stamp for so many of these products, or of products of these categories; one of the two."""

    products: Codes = ()
    categories: Codes = ()
    per: Annotated[int, Meta(ge=1, le=1000)] = 1


class ByVisit(_Way, frozen=True, kw_only=True, tag="visit"):
    """A stamp for every activity of a type that is no purchase: a visit, a check-in."""

    activity: Trigger = "visit"


Collect = ByPurchase | ByProduct | ByVisit


class Filled(NamedTuple):
    """How far a number of stamps goes: whole cards, what is on the next, and what that lacks."""

    cards: int
    on_card: int
    to_go: int


def read_collect(said: Mapping[str, Any]) -> Collect:
    """How stamps are collected. Raises InvalidRequest, which names the field."""
    try:
        collect: Collect = msgspec.convert(said, Collect)
    except msgspec.ValidationError as wrong:
        problem, _, path = str(wrong).partition(" - at `$")
        place = path.strip("`.").partition("[")[0]
        raise InvalidRequest(problem, field=f"collect.{place}" if place else "collect") from wrong
    if isinstance(collect, ByProduct) and bool(collect.products) == bool(collect.categories):
        raise InvalidRequest("Name products or categories, one of the two.", field="collect")
    return collect


def written_collect(collect: Collect) -> dict[str, Any]:
    """The document as it is kept."""
    said: dict[str, Any] = msgspec.to_builtins(collect)
    return said


def rule_of(collect: Collect, *, unit: str) -> dict[str, Any]:
    """The earning rule that gives the stamps, as loyalty reads it."""
    document: dict[str, Any] = {"schema": 2, "trigger": "purchase"}
    effect: dict[str, Any] = {"kind": "fixed", "points": 1, "unit": unit}
    match collect:
        case ByPurchase(minimum=minimum):
            if Decimal(minimum):
                document["conditions"] = [_asked("basket.amount", "at_least", minimum)]
        case ByProduct(products=products, categories=categories, per=per):
            field = "line.product" if products else "line.category"
            document["conditions"] = [_asked(field, "in", list(products or categories))]
            effect = {"kind": "per_quantity", "points": 1, "per": str(per), "unit": unit}
        case ByVisit(activity=activity):
            document["trigger"] = activity
    document["effects"] = [effect]
    if collect.most_a_day:
        document["limits"] = [
            {"of": "points", "unit": unit, "most": collect.most_a_day, "period": "day"}
        ]
    return document


def _asked(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def filled(stamps: int, *, of: int) -> Filled:
    """How far so many stamps go on cards of `of`; fewer than none are none."""
    cards, on_card = divmod(max(0, stamps), of)
    return Filled(cards, on_card, of - on_card)


# --- In words ----------------------------------------------------------------------------------


def sentence(collect: Collect, *, stamps: int, reward: Words, currency: str = "EUR") -> Words:
    """What a card says of itself: how stamps are collected, and what a full card gives."""
    return {
        "nl": f"{_nl(collect, currency)} Bij {stamps} stempels krijg je: {reward['nl']}.",
        "en": f"{_en(collect, currency)} {stamps} stamps get you: {reward['en']}.",
    }


def _nl(collect: Collect, currency: str) -> str:
    most = collect.most_a_day
    limit = f", hooguit {most} per dag" if most else ""
    match collect:
        case ByPurchase(minimum=minimum):
            least = _money(minimum, currency, ",")
            return f"Een stempel bij elke aankoop{f' vanaf {least}' if least else ''}{limit}."
        case ByProduct(per=per):
            what = _either(collect, "of")
            return (
                f"Een stempel bij {f'elke {per} keer' if per > 1 else 'elke keer'} {what}{limit}."
            )
        case ByVisit(activity=activity):
            deed = "elk bezoek" if activity == "visit" else f"elke keer {activity}"
            return f"Een stempel bij {deed}{limit}."


def _en(collect: Collect, currency: str) -> str:
    most = collect.most_a_day
    limit = f", {most} a day at most" if most else ""
    match collect:
        case ByPurchase(minimum=minimum):
            least = _money(minimum, currency, ".")
            return f"A stamp for every purchase{f' of at least {least}' if least else ''}{limit}."
        case ByProduct(per=per):
            what = _either(collect, "or")
            return f"A stamp for every {f'{per} times ' if per > 1 else ''}{what}{limit}."
        case ByVisit(activity=activity):
            deed = "visit" if activity == "visit" else activity
            return f"A stamp for every {deed}{limit}."


def _money(amount: str, currency: str, point: str) -> str:
    """Empty for nothing."""
    if not Decimal(amount):
        return ""
    sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency, currency)
    return f"{sign}\N{NO-BREAK SPACE}{Decimal(amount):.2f}".replace(".", point)


def _either(collect: ByProduct, word: str) -> str:
    names = [*(collect.products or collect.categories)]
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
