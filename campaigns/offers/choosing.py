"""Chooses offers for one member, each with the one ground that weighed most.

Without consent to choices that fit them, only what the member told us and the shop's own wish
count. What they said they do not like, and what they put away, is never shown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from campaigns.offers.why import Ground, tell
from loyalty.types import Words

CATEGORY, BRAND, STORE = "CATEGORY", "BRAND", "STORE"
WEARS_OFF = 5
"""Days on which an offer was shown without being followed, after which it counts for half."""
NEW = timedelta(days=14)
MONTH = timedelta(days=30)

_ASKED, _BOUGHT, _INFERRED, _NEAR, _NEW, _MEANT = 60.0, 12.0, 0.3, 15.0, 5.0, 20.0
_MOST_BOUGHT = 50.0
_WISH = 0.3  # of the shop's own weight, which is 0 to 100

Theme = tuple[str, str]  # a kind of preference and a key: ("CATEGORY", "paint")


class Showing(msgspec.Struct, frozen=True, kw_only=True):
    """An offer that is on now, and what this member has had to do with it."""

    key: str
    title: Words = {}
    text: Words = {}
    reward: str = ""  # what it leads to: a reward's key, or an address
    link: str = ""
    categories: Sequence[str] = ()
    brands: Sequence[str] = ()
    locations: Sequence[str] = ()
    tiers: Sequence[str] = ()
    segments: Sequence[str] = ()
    campaign: Words | None = None  # of which campaign it is; None: of none
    is_in_campaign: bool = False  # the campaign gives it to this member
    weight: int = 50
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    days_shown: int = 0
    last_shown_on: date | None = None
    is_followed: bool = False
    is_dismissed: bool = False

    @property
    def themes(self) -> list[Theme]:
        """What it is about."""
        return [(CATEGORY, key) for key in self.categories] + [(BRAND, key) for key in self.brands]


class Bought(msgspec.Struct, frozen=True, kw_only=True):
    """How often the member bought of a category or brand in the past thirty days."""

    kind: str
    key: str
    times: int


class OfferFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the member. `inferred` and `bought` are empty without their consent."""

    may_profile: bool = False
    shop: str = ""  # what the programme is called
    liked: frozenset[Theme] = frozenset()
    disliked: frozenset[Theme] = frozenset()
    inferred: Mapping[Theme, int] = {}  # the share of 100
    bought: Sequence[Bought] = ()
    tiers: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    location: str = ""  # where the member is now; empty: nowhere in particular
    labels: Mapping[str, Words] = {}  # of categories and tiers, by their keys


class Chosen(NamedTuple):
    """An offer for this member, how much it weighed, and why they see it."""

    offer: Showing
    score: float
    why: Words


def choose(
    offers: Iterable[Showing], facts: OfferFacts, *, at: datetime, limit: int
) -> list[Chosen]:
    """The offers that suit best, best first; equal ones by their key, so it is always the same."""
    chosen = [_weigh(offer, facts, at) for offer in offers if _is_for(offer, facts, at)]
    return sorted(chosen, key=lambda one: (-one.score, one.offer.key))[:limit]


# --- Whom it is for ------------------------------------------------------------------------------


def _is_for(offer: Showing, facts: OfferFacts, at: datetime) -> bool:
    return (
        not offer.is_dismissed
        and (offer.starts_at is None or offer.starts_at <= at)
        and (offer.ends_at is None or offer.ends_at > at)
        and (offer.campaign is None or offer.is_in_campaign)
        and (not offer.tiers or not facts.tiers.isdisjoint(offer.tiers))
        and (not offer.segments or not facts.segments.isdisjoint(offer.segments))
        and facts.disliked.isdisjoint(offer.themes)
        and _is_near(offer, facts)
    )


def _is_near(offer: Showing, facts: OfferFacts) -> bool:
    """Where the member is decides; else the shops they go to, when any are known."""
    if not offer.locations:
        return True
    if facts.location:
        return facts.location in offer.locations
    known = {key for kind, key in [*facts.liked, *_inferred(facts)] if kind == STORE}
    return not known or not known.isdisjoint(offer.locations)


# --- How much it weighs --------------------------------------------------------------------------


def _weigh(offer: Showing, facts: OfferFacts, at: datetime) -> Chosen:
    grounds = list(_grounds(offer, facts, at))
    wish = Ground(score=offer.weight * _WISH, code="SHOP", params={"shop": facts.shop})
    strongest = max(grounds, key=lambda ground: ground.score, default=wish)
    score = wish.score + sum(ground.score for ground in grounds)
    if not offer.is_followed:
        score *= 0.5 ** (offer.days_shown // WEARS_OFF)
    return Chosen(offer, score, tell(strongest))


def _grounds(offer: Showing, facts: OfferFacts, at: datetime) -> Iterator[Ground]:
    for theme in offer.themes:
        yield from _of_theme(theme, facts)
    yield from _of_place(offer, facts)
    if offer.campaign is not None:
        yield Ground(score=_MEANT, code="CAMPAIGN", params={"campaign": offer.campaign})
    for tier in offer.tiers:
        if tier in facts.tiers:
            yield Ground(score=_MEANT, code="TIER", params={"tier": _label(tier, facts)})
    if offer.starts_at is not None and at - offer.starts_at < NEW:
        yield Ground(score=_NEW, code="NEW", params={"shop": facts.shop})


def _of_theme(theme: Theme, facts: OfferFacts) -> Iterator[Ground]:
    said: dict[str, Any] = {"theme": _label(theme[1], facts)}
    if theme in facts.liked:
        yield Ground(score=_ASKED, code="ASKED", params=said)
    if not facts.may_profile:
        return
    for bought in facts.bought:
        if (bought.kind, bought.key) == theme and bought.times > 0:
            score = min(_MOST_BOUGHT, _BOUGHT * bought.times)
            yield Ground(score=score, code="BOUGHT", params={**said, "times": bought.times})
    if share := facts.inferred.get(theme):
        yield Ground(score=_INFERRED * share, code="INFERRED", params={**said, "share": share})


def _of_place(offer: Showing, facts: OfferFacts) -> Iterator[Ground]:
    for place in offer.locations:
        said = {"place": place}
        if place == facts.location:
            yield Ground(score=_NEAR, code="HERE", params=said)
        elif (STORE, place) in facts.liked:
            yield Ground(score=_NEAR, code="ASKED_STORE", params=said)
        elif (STORE, place) in _inferred(facts):
            yield Ground(score=_NEAR, code="OFTEN_HERE", params=said)


def _inferred(facts: OfferFacts) -> Mapping[Theme, int]:
    return facts.inferred if facts.may_profile else {}


def _label(key: str, facts: OfferFacts) -> Words:
    return facts.labels.get(key) or {"nl": key, "en": key}
