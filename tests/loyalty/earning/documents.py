"""Strategies for rule documents, activities and members of one small shop, where much collides."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

from loyalty.types import Activity, Line, LineKind, MemberFacts
from tests.loyalty.earning.shop import Json

CATEGORIES = ("paint", "stain", "tools")
BRANDS = ("Histor", "Sikkens")
PRODUCTS = ("4711", "4712")
CHANNELS = ("web", "app", "store")
LOCATIONS = ("Utrecht", "Delft")
LADDERS = {"main": ("silver", "gold"), "trade": ("builder",)}
TIERS = tuple(tier for tiers in LADDERS.values() for tier in tiers)
SEGMENTS = ("painters", "parents")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TYPES = ("purchase", "review")
RATINGS = ("1", "4", "4.5", "good")
YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def _keys(known: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True)


def _condition(
    field: str, operators: tuple[str, ...], value: st.SearchStrategy[Any], **more: Any
) -> st.SearchStrategy[Json]:
    named = {name: st.just(text) for name, text in more.items()}
    return st.fixed_dictionaries(
        {
            "field": st.just(field),
            "operator": st.sampled_from(operators),
            "value": value,
            **named,
        }
    )


_IN = ("in", "not_in")
_BOUNDS = ("at_least", "at_most")
money = st.sampled_from(("0.01", "5", "20.00", "50", "99.9"))
hours = st.sampled_from(("00:00", "09:00", "12:30", "17:00", "22:00", "24:00"))
month_days = st.sampled_from(("01-01", "02-29", "06-15", "11-22", "12-31"))
counts = st.integers(2, 4)

_OF_ONE = (
    (_condition("line.category", _IN, _keys(CATEGORIES)),),
    (_condition("line.product", _IN, _keys(PRODUCTS)),),
    (_condition("line.brand", _IN, _keys(BRANDS)),),
    (_condition("line.kind", _IN, _keys(tuple(LineKind))),),
    (_condition("activity.channel", _IN, _keys(CHANNELS)),),
    (_condition("activity.location", _IN, _keys(LOCATIONS)),),
    (
        _condition("activity.attribute", _IN, _keys(RATINGS), name="rating"),
        _condition("activity.attribute", _BOUNDS, st.sampled_from(RATINGS[:3]), name="rating"),
    ),
    (_condition("basket.amount", _BOUNDS, money), _condition("line.amount", _BOUNDS[:1], money)),
    (
        _condition("basket.quantity", _BOUNDS[:1], st.sampled_from(("1", "2.5", "4"))),
        _condition("basket.contains", ("all",), _keys(CATEGORIES + PRODUCTS)),
    ),
    (
        _condition("time.weekday", _IN, _keys(WEEKDAYS)),
        _condition(
            "time.hours", ("between",), st.tuples(hours, hours).filter(lambda h: h[0] != h[1])
        ),
        _condition("time.month_day", ("between",), st.tuples(month_days, month_days)),
    ),
    (_condition("member.tier", _IN, _keys(TIERS)),),
    (_condition("member.segment", _IN, _keys(SEGMENTS)),),
    (
        _condition("member.joined", _BOUNDS, st.sampled_from((0, 30, 334, 335, 364, 365))),
        _condition("member.anniversary", ("is",), st.sampled_from(("day", "month"))),
    ),
    (_condition("count", ("every", "equals", *_BOUNDS), counts, of="purchase"),),
    (_condition("variant", _IN, _keys(("a", "b")), campaign="spring"),),
    (_condition("advanced", ("holds",), st.sampled_from(("activity.amount > 5.0", "true"))),),
)
conditions = st.one_of([st.one_of(kinds) for kinds in _OF_ONE])


def _asked(condition: Json) -> tuple[str, ...]:
    subject = condition.get("name") or condition.get("of") or condition.get("campaign") or ""
    return (condition["field"], condition["operator"], subject)


def several(most: int) -> st.SearchStrategy[list[Json]]:
    """Conditions that one rule may have together."""
    return st.lists(conditions, max_size=most, unique_by=_asked)


def _once(asked: list[Json]) -> list[Json]:
    return list({_asked(each): each for each in asked}.values())


def alike() -> st.SearchStrategy[list[Json]]:
    """A few conditions on one thing, so that they often clash; sometimes with others."""
    of_one = st.one_of([st.lists(st.one_of(kinds), min_size=2, max_size=4) for kinds in _OF_ONE])
    others = st.one_of(st.just([]), st.lists(conditions, max_size=2))
    return st.tuples(of_one, others).map(lambda lists: _once(lists[0] + lists[1]))


def rivals() -> st.SearchStrategy[tuple[list[Json], list[Json]]]:
    """The conditions of two rules, on one thing."""
    of_one = [
        st.tuples(*[st.lists(st.one_of(kinds), min_size=1, max_size=2).map(_once)] * 2)
        for kinds in _OF_ONE
    ]
    return st.one_of(of_one)


points = st.integers(1, 60)
units = st.sampled_from(("points", "stamps"))
effects = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("per_amount"), "points": points, "per": st.sampled_from(("1", "2.50"))},
        optional={"unit": units},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("per_quantity"), "points": points},
        optional={"unit": units, "per": st.sampled_from(("1", "0.5"))},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("multiplier"), "factor": st.sampled_from(("1", "1.5", "3"))}
    ),
    st.fixed_dictionaries({"kind": st.just("fixed"), "points": points}, optional={"unit": units}),
    st.fixed_dictionaries({"kind": st.just("reward"), "reward": st.just("brush")}),
)
caps = st.fixed_dictionaries(
    {"kind": st.just("cap"), "most": points},
    optional={
        "unit": units,
        "scope": st.sampled_from(("member", "rule", "location")),
        "period": st.sampled_from(("activity", "day", "month", "ever")),
    },
).filter(lambda cap: cap.get("scope", "member") == "member" or cap.get("period") in _LASTING)
_LASTING = ("day", "month", "ever")
expiries = st.one_of(
    st.just({"kind": "never"}),
    st.just({"kind": "term", "days": 30}),
    st.just({"kind": "term", "months": 6}),
    st.just({"kind": "end_of", "period": "quarter", "after": 1}),
    st.just({"kind": "dates", "dates": ["03-31", "09-30"]}),
    st.just({"kind": "inactivity", "months": 12, "activities": ["purchase"]}),
)
groups = st.fixed_dictionaries(
    {"key": st.just("autumn"), "choose": st.sampled_from(("first", "best", "sum"))}
)
terms = st.fixed_dictionaries(
    {},
    optional={
        "pending_days": st.integers(0, 30),
        "awaits": st.sampled_from(("", "delivered")),
        "expiry": expiries,
    },
)
limits = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "of": st.just("times"),
                "most": st.integers(1, 3),
                "scope": st.sampled_from(("member", "rule", "location")),
                "period": st.sampled_from(("day", "week", "month", "year", "ever")),
            }
        ),
        st.fixed_dictionaries({"scope": st.just("budget"), "budget": st.just("spring")}),
    ),
    max_size=2,
    unique_by=lambda limit: limit["scope"],
)
_OF_POINTS = {"per_amount", "per_quantity", "multiplier", "fixed"}


@st.composite
def documents(draw: st.DrawFn) -> Json:
    """Any document that the engine takes."""
    if draw(st.integers(0, 9)) == 0:
        return {"schema": 2, "trigger": draw(st.sampled_from(TYPES)), "effects": [draw(caps)]}
    given = draw(st.lists(effects, min_size=1, max_size=3))
    document: Json = {
        "schema": 2,
        "trigger": draw(st.sampled_from(TYPES)),
        "conditions": draw(several(5)),
        "effects": given,
        "tier_expiry": draw(st.dictionaries(st.sampled_from(TIERS), expiries, max_size=1)),
    }
    optional: dict[str, st.SearchStrategy[Any]] = {"group": groups, "terms": terms}
    if any(effect["kind"] in _OF_POINTS for effect in given):
        optional["limits"] = limits
    return document | draw(st.fixed_dictionaries({}, optional=optional))


# --- What happens ------------------------------------------------------------------------------

_AMOUNTS = tuple(Decimal(text) for text in ("-5", "0.01", "5", "20", "50", "99.90"))
_QUANTITIES = tuple(Decimal(text) for text in ("1", "2.5", "4"))
CLOCKS_BACK = datetime(2026, 10, 24, tzinfo=UTC)  # in Amsterdam an hour comes twice the night after


def happenings(count: int) -> list[tuple[Activity, MemberFacts]]:
    """As many activities, each with what is known of its member; always the same ones."""
    dice = Random(7)
    return [(_activity(dice), _member(dice)) for _ in range(count)]


def _activity(dice: Random) -> Activity:
    around = dice.random() < 0.5
    quarters = dice.randrange(72 * 4 if around else 730 * 24 * 4)
    return Activity(
        type="purchase" if dice.random() < 0.9 else "review",
        occurred_at=(CLOCKS_BACK if around else YEAR) + timedelta(minutes=15 * quarters),
        channel=dice.choice(("", *CHANNELS)),
        location=dice.choice(("", *LOCATIONS)),
        lines=tuple(_line(dice) for _ in range(dice.randrange(5))),
        amount=dice.choice(_AMOUNTS),
        attributes={"rating": dice.choice(RATINGS)} if dice.random() < 0.7 else {},
    )


def _line(dice: Random) -> Line:
    return Line(
        product=dice.choice(PRODUCTS),
        amount=dice.choice(_AMOUNTS),
        category=dice.choice(("", *CATEGORIES)),
        brand=dice.choice(("", *BRANDS)),
        quantity=dice.choice(_QUANTITIES),
        kind=dice.choice((LineKind.GOODS, *LineKind)),
    )


def _member(dice: Random) -> MemberFacts:
    held = {ladder: dice.choice(("", *tiers)) for ladder, tiers in LADDERS.items()}
    return MemberFacts(
        joined_on=date(2024, 2, 29) + timedelta(days=dice.randrange(970)),
        tiers={ladder: tier for ladder, tier in held.items() if tier},
        segments=frozenset(segment for segment in SEGMENTS if dice.random() < 0.5),
        counts={"purchase": dice.randrange(9)},
        variants={"spring": dice.choice(("a", "b"))} if dice.random() < 0.7 else {},
    )
