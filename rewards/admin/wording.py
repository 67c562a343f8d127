"""A reward in one sentence, and as members see it."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from loyalty.templatetags.figures import day, money, number, points
from rewards.kinds import next_step, read_terms, sentence_of
from rewards.models import Reward, RewardPicture
from rewards.services.stock import left_in_stock

LANGUAGES = ("nl", "en")


class Face(NamedTuple):
    """What a member sees of a reward, in one language."""

    language: str
    name: str
    sentence: str
    description: str
    price: str
    facts: list[str]
    small_print: str
    next_step: str
    picture: str  # its digest; empty without
    alt: str


def reward_sentence(reward: Reward, language: str) -> str:
    """ "Gratis kleurstalen: 150 punten, tot en met 31 december 2026, nog 40 op voorraad." """
    name = reward.name_nl if language == "nl" else reward.name_en
    with override(language):
        parts = [price_words(reward), *_when(reward), *_how_many(reward)]
    return f"{name}: {', '.join(parts)}."


def price_words(reward: Reward) -> str:
    """ "500 points", "500 points + €5.00", "as many points as they like" or "free"."""
    if reward.kind == Reward.Kind.TENDER:
        return _("as many points as they like")
    if not reward.is_listed and not reward.points:
        return _("given, not bought")
    if not reward.money:
        return points(reward.points)
    return f"{points(reward.points)} + {money(reward.money, reward.programme.currency)}"


def faces(reward: Reward, picture: RewardPicture | None) -> list[Face]:
    """The reward as members see it in each language."""
    return [_face(reward, picture, language) for language in LANGUAGES]


def _face(reward: Reward, picture: RewardPicture | None, language: str) -> Face:
    terms, zone = read_terms(reward.kind, reward.terms), ZoneInfo(reward.programme.time_zone)
    said = sentence_of(terms, currency=reward.programme.currency, zone=zone)
    with override(language):
        price = price_words(reward)
        facts = [fact[:1].upper() + fact[1:] for fact in (*_when(reward), *_how_many(reward))]
    return Face(
        language=language,
        name=getattr(reward, f"name_{language}"),
        sentence=said[language],
        description=getattr(reward, f"description_{language}"),
        price=price[:1].upper() + price[1:],
        facts=facts,
        small_print=getattr(reward, f"small_print_{language}"),
        next_step=next_step(terms)[language],
        picture=picture.digest if picture else "",
        alt=getattr(picture, f"alt_{language}") if picture else "",
    )


def _when(reward: Reward) -> list[str]:
    zone = ZoneInfo(reward.programme.time_zone)
    parts = []
    if reward.available_from:
        parts.append(_("from %s") % day(reward.available_from.astimezone(zone).date()))
    if reward.available_until:
        parts.append(_("up to and including %s") % day(_last(reward.available_until, zone)))
    return parts


def _how_many(reward: Reward) -> list[str]:
    parts = []
    if reward.limit_per_member and reward.limit_days:
        parts.append(
            _("at most %(limit)s per member in %(days)s days")
            % {"limit": number(reward.limit_per_member), "days": number(reward.limit_days)}
        )
    elif reward.limit_per_member:
        parts.append(_("at most %s per member") % number(reward.limit_per_member))
    left = left_in_stock(reward.pk)
    if left is not None:
        parts.append(_("%s left in stock") % number(left) if left else _("sold out"))
    return parts


def _last(until: datetime, zone: ZoneInfo) -> Any:
    return (until - timedelta(microseconds=1)).astimezone(zone).date()
