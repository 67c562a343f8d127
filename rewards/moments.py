"""The moments of occasions: what each has to be told, checked and in words. Pure."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from loyalty.errors import InvalidRequest
from loyalty.types import Words

Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Days = Annotated[int, Meta(ge=1, le=3650)]
Key = Annotated[str, Meta(min_length=1, max_length=60)]


class _Moment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all moments share: unknown fields are refused."""


class Joined(_Moment, frozen=True, kw_only=True):
    """Once, when somebody joins."""


class Birthday(_Moment, frozen=True, kw_only=True):
    """Once a year, from the answer to that question of the programme; so many days ahead."""

    question: Key = "birthday"
    days_ahead: Annotated[int, Meta(ge=0, le=31)] = 0


class Anniversary(_Moment, frozen=True, kw_only=True):
    """Once a year, on the day on which they joined."""


class TierReached(_Moment, frozen=True, kw_only=True):
    """Once, when they climb to that tier."""

    tier: Key


class PointsEarned(_Moment, frozen=True, kw_only=True):
    """When they have earned so many points in all, less what went back; again at each multiple."""

    points: Count
    repeats: bool = False


class BalanceReached(_Moment, frozen=True, kw_only=True):
    """When they can spend so many points: the reward is theirs, and is paid with points."""

    points: Count


class Purchases(_Moment, frozen=True, kw_only=True):
    """When they have bought so many times since the occasion began; again at each multiple."""

    count: Count
    repeats: bool = False


class Inactive(_Moment, frozen=True, kw_only=True):
    """When they have done nothing for so many days; once until they come back."""

    days: Days


Moment = (
    Joined
    | Birthday
    | Anniversary
    | TierReached
    | PointsEarned
    | BalanceReached
    | Purchases
    | Inactive
)

SHAPES: Mapping[str, type[Moment]] = {
    "JOINED": Joined,
    "BIRTHDAY": Birthday,
    "ANNIVERSARY": Anniversary,
    "TIER_REACHED": TierReached,
    "POINTS_EARNED": PointsEarned,
    "BALANCE_REACHED": BalanceReached,
    "PURCHASES": Purchases,
    "INACTIVE": Inactive,
}


def read_moment(moment: str, params: Mapping[str, Any]) -> Moment:
    """The moment's params, typed. Raises InvalidRequest, which names the field."""
    if moment not in SHAPES:
        raise InvalidRequest("There is no such moment.", field="moment")
    try:
        return msgspec.convert(params, SHAPES[moment])
    except msgspec.ValidationError as wrong:
        said, _, path = str(wrong).partition(" - at `$.")
        place = path.rstrip("`")
        if not place and "missing required field" in said:
            place = said.rpartition("field `")[2].rstrip("`")
        raise InvalidRequest(said, field=f"params.{place}" if place else "params") from wrong


def written_moment(moment: Moment) -> dict[str, Any]:
    """The params as they are kept."""
    said: dict[str, Any] = msgspec.to_builtins(moment)
    return said


def reached(total: int, *, step: int, repeats: bool) -> range:
    """Which multiples of the step a total has reached, from 1 on; without repeating the first."""
    most = max(0, total) // step
    return range(1, (most if repeats else min(most, 1)) + 1)


REASONS: Mapping[type[Moment], Words] = {
    Joined: {"nl": "Welkom bij ons", "en": "Welcome"},
    Birthday: {"nl": "Voor je verjaardag", "en": "For your birthday"},
    Anniversary: {"nl": "Je bent {n} jaar lid", "en": "You have been a member for {n} years"},
    TierReached: {"nl": "Je hebt een nieuw niveau bereikt", "en": "You reached a new tier"},
    PointsEarned: {"nl": "Je hebt {n} punten gespaard", "en": "You earned {n} points"},
    BalanceReached: {
        "nl": "Je had {n} punten om uit te geven",
        "en": "You had {n} points to spend",
    },
    Purchases: {"nl": "Je hebt {n} keer bij ons gekocht", "en": "You bought from us {n} times"},
    Inactive: {"nl": "We hebben je gemist", "en": "We missed you"},
}
_ONE_YEAR = "You have been a member for a year"


def reason_of(moment: Moment, *, n: int = 1) -> Words:
    """Why the member gets it, as they read it; `n` is the year, or which multiple it is."""
    match moment:
        case PointsEarned(points=step) | BalanceReached(points=step) | Purchases(count=step):
            number = step * n
        case _:
            number = n
    words = REASONS[type(moment)]
    if isinstance(moment, Anniversary) and n == 1:
        words = {**words, "en": _ONE_YEAR}
    return {
        "nl": words["nl"].format(n=f"{number:,}".replace(",", ".")),
        "en": words["en"].format(n=f"{number:,}"),
    }
