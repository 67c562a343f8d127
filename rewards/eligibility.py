"""Why a member cannot have a reward now: said once, for portal, API, till and redemption. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from loyalty.errors import DomainError, InsufficientPoints
from loyalty.types import Language, Words
from rewards.errors import (
    LimitReached,
    NotForYou,
    OtherPlace,
    RewardSoldOut,
    RewardUnavailable,
)
from rewards.kinds import EarlyAccess, Experience, Tender, Terms
from rewards.kinds.figures import count, day, moment


class Conditions(Protocol):
    """What is read of a reward."""

    @property
    def state(self) -> str: ...
    @property
    def is_listed(self) -> bool: ...
    @property
    def points(self) -> int: ...
    @property
    def tier_points(self) -> Any: ...
    @property
    def available_from(self) -> datetime | None: ...
    @property
    def available_until(self) -> datetime | None: ...
    @property
    def limit_per_member(self) -> int | None: ...
    @property
    def tiers(self) -> list[str]: ...
    @property
    def segments(self) -> list[str]: ...
    @property
    def channels(self) -> list[str]: ...
    @property
    def locations(self) -> list[str]: ...


class MemberStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the member at that moment, about one reward.

    `taken`: how often they have it within the days of its limit, `again_at`: when the first of
    those falls out of them. `left` is None when there is no end to the stock.
    """

    usable: int
    tiers: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    taken: int = 0
    again_at: datetime | None = None
    left: int | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why not; callers may rely on the code.

    not_live · not_listed · not_yet (from) · over · not_your_segment · not_your_tier (tiers) ·
    other_channel (channels) · other_location (locations) · limit_reached (limit, again_at) ·
    sold_out · missing_points (missing).
    """

    code: str
    params: dict[str, Any] = {}


def price_of(reward: Conditions, terms: Terms, tiers: frozenset[str]) -> int:
    """What it costs a member of these tiers: the least of what they ask.

    For paying with points: the fewest that one may pay with.
    """
    if isinstance(terms, Tender):
        return -(-terms.at_least // terms.step) * terms.step
    by_tier: Mapping[str, int] = reward.tier_points
    return min([reward.points, *(int(by_tier[tier]) for tier in tiers if tier in by_tier)])


def refusals_of(
    reward: Conditions,
    terms: Terms,
    standing: MemberStanding,
    *,
    at: datetime,
    channel: str = "",
    location: str = "",
    is_given: bool = False,
) -> list[Refusal]:
    """All that stands between the member and the reward at that moment, the gravest first.

    A channel or location that is not known refuses nothing. What `is_given` (on an occasion, by a
    full card) asks neither price nor audience nor limit.
    """
    found = _of_time(reward, terms, at)
    if not is_given:
        found += _of_audience(reward, standing)
        found += _of_place(reward, channel, location)
        found += _of_limit(reward, standing)
    if standing.left is not None and standing.left <= 0:
        found.append(Refusal(code="sold_out"))
    missing = price_of(reward, terms, standing.tiers) - standing.usable
    if missing > 0 and not is_given:
        found.append(Refusal(code="missing_points", params={"missing": missing}))
    return found


def ends_at(reward: Conditions, terms: Terms) -> datetime | None:
    """From when on it can no longer be had: its own end, or that of what it gives entrance to."""
    ends = [reward.available_until]
    match terms:
        case Experience(starts_at=starts_at):
            ends.append(starts_at)
        case EarlyAccess(for_all_at=for_all_at):
            ends.append(for_all_at)
    return min((end for end in ends if end is not None), default=None)


def refused(refusal: Refusal) -> DomainError:
    """The refusal as what a deed raises."""
    params = refusal.params
    match refusal.code:
        case "limit_reached":
            return LimitReached(params["limit"], again_at=params.get("again_at"))
        case "sold_out":
            return RewardSoldOut("There are none left of this reward.", field="reward")
        case "missing_points":
            return InsufficientPoints(f"{params['missing']} points are missing.")
        case "not_your_tier" | "not_your_segment":
            return NotForYou(tell(refusal, "en"), reason=refusal.code, facts=params)
        case "other_channel" | "other_location":
            return OtherPlace(tell(refusal, "en"), reason=refusal.code, facts=params)
    return RewardUnavailable(tell(refusal, "en"), field="reward")


def tell(
    refusal: Refusal,
    language: Language,
    *,
    zone: ZoneInfo | None = None,
    names: Mapping[str, Words] | None = None,
) -> str:
    """The refusal as the member reads it; `names` are what tiers, channels and shops are called."""
    zone, names, params = zone or ZoneInfo("UTC"), names or {}, refusal.params
    one_of = _listed(_named(params, names, language), language)
    words = _WORDS[refusal.code]
    if refusal.code == "limit_reached" and params.get("again_at"):
        words = _AGAIN
    elif refusal.code == "missing_points" and params["missing"] == 1:
        words = _ONE_MISSING
    elif refusal.code == "limit_reached" and params["limit"] == 1:
        words = _ONCE
    return words[language].format(
        again=day(params["again_at"], language, zone) if params.get("again_at") else "",
        begins=moment(params["from"], language, zone) if "from" in params else "",
        limit=count(params.get("limit", 0), language),
        missing=count(params.get("missing", 0), language),
        one_of=one_of,
    )


# --- What is looked at ---------------------------------------------------------------------------


def _of_time(reward: Conditions, terms: Terms, at: datetime) -> list[Refusal]:
    if reward.state != "LIVE":
        return [Refusal(code="not_live")]
    until = ends_at(reward, terms)
    if until is not None and until <= at:
        return [Refusal(code="over")]
    if reward.available_from is not None and reward.available_from > at:
        return [Refusal(code="not_yet", params={"from": reward.available_from})]
    return []


def _of_audience(reward: Conditions, standing: MemberStanding) -> list[Refusal]:
    found = []
    if not reward.is_listed:
        found.append(Refusal(code="not_listed"))
    if reward.segments and standing.segments.isdisjoint(reward.segments):
        found.append(Refusal(code="not_your_segment"))
    if reward.tiers and standing.tiers.isdisjoint(reward.tiers):
        found.append(Refusal(code="not_your_tier", params={"tiers": list(reward.tiers)}))
    return found


def _of_place(reward: Conditions, channel: str, location: str) -> list[Refusal]:
    found = []
    channel = _SAME.get(channel, channel)
    if channel and reward.channels and channel not in reward.channels:
        found.append(Refusal(code="other_channel", params={"channels": list(reward.channels)}))
    if location and reward.locations and location not in reward.locations:
        found.append(Refusal(code="other_location", params={"locations": list(reward.locations)}))
    return found


def _of_limit(reward: Conditions, standing: MemberStanding) -> list[Refusal]:
    limit = reward.limit_per_member
    if limit is None or standing.taken < limit:
        return []
    params: dict[str, Any] = {"limit": limit}
    if standing.again_at is not None:
        params["again_at"] = standing.again_at
    return [Refusal(code="limit_reached", params=params)]


# --- In words ------------------------------------------------------------------------------------

_WORDS: Mapping[str, Words] = {
    "not_live": {
        "nl": "Deze beloning is er niet meer.",
        "en": "This reward is no longer there.",
    },
    "not_listed": {
        "nl": "Deze beloning krijg je bij een bijzonder moment; je kunt hem niet kiezen.",
        "en": "This reward is given at special moments; it cannot be chosen.",
    },
    "not_yet": {"nl": "Te krijgen vanaf {begins}.", "en": "To be had from {begins}."},
    "over": {"nl": "Deze beloning is voorbij.", "en": "This reward is over."},
    "not_your_segment": {
        "nl": "Deze beloning is voor een groep leden waar je nu niet bij hoort.",
        "en": "This reward is for a group of members that you are not in now.",
    },
    "not_your_tier": {
        "nl": "Deze beloning is voor leden met {one_of}.",
        "en": "This reward is for {one_of} members.",
    },
    "other_channel": {"nl": "Alleen te krijgen via {one_of}.", "en": "Only to be had at {one_of}."},
    "other_location": {"nl": "Alleen te krijgen in {one_of}.", "en": "Only to be had in {one_of}."},
    "limit_reached": {
        "nl": "Je hebt deze beloning al zo vaak gehad als kan: {limit} keer.",
        "en": "You have had this reward as often as is possible: {limit} times.",
    },
    "sold_out": {"nl": "Deze beloning is op.", "en": "There are none left of this reward."},
    "missing_points": {
        "nl": "Nog {missing} punten te gaan.",
        "en": "{missing} points to go.",
    },
}
_AGAIN: Words = {
    "nl": "Je hebt deze beloning nu vaak genoeg gehad. Het kan weer vanaf {again}.",
    "en": "You have had this reward often enough for now. It can be had again from {again}.",
}
_ONCE: Words = {
    "nl": "Je hebt deze beloning al gehad; dat kan één keer.",
    "en": "You have had this reward already; it can be had once.",
}
_ONE_MISSING: Words = {"nl": "Nog één punt te gaan.", "en": "One point to go."}
_CHANNELS: Mapping[str, Words] = {
    "web": {"nl": "de webshop", "en": "the webshop"},
    "app": {"nl": "de app", "en": "the app"},
    "store": {"nl": "de kassa in de winkel", "en": "the till in the shop"},
    "portal": {"nl": "deze pagina's", "en": "these pages"},
    "social": {"nl": "sociale media", "en": "social media"},
}
_SAME = {"till": "store"}  # what the till calls itself
_OR: Words = {"nl": " of ", "en": " or "}


def _named(
    params: Mapping[str, Any], names: Mapping[str, Words], language: Language
) -> Sequence[str]:
    keys = params.get("tiers") or params.get("channels") or params.get("locations") or ()
    known = {**(_CHANNELS if "channels" in params else {}), **names}
    said = [known[key].get(language, key) if key in known else key for key in keys]
    return list(dict.fromkeys(said))


def _listed(said: Sequence[str], language: Language) -> str:
    """ "a, b or c"."""
    return _OR[language].join(filter(None, [", ".join(said[:-1]), *said[-1:]]))
