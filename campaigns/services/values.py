"""What the fields of a text are for each member: their name, points, tier, and what lapses."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.services.tiers_ahead import tier_ahead
from loyalty.types import Words
from members.models import Membership
from rewards.models import Reward

MemberValues = dict[str, Words | str]

_MOMENT = timedelta(microseconds=1)
_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}

# Of each membership: what can be spent, the day on which the next part lapses and how much does.
_HELD = """
SELECT m.id, ledger_spendable(a.id, %(at)s), l.ends_at, l.remaining, s.document::text
FROM members_membership m
JOIN loyalty_unit u ON u.programme_id = m.programme_id AND u.code = 'points'
JOIN loyalty_account a ON a.unit_id = u.id AND a.kind = 'MEMBER' AND a.holder = m.holder
LEFT JOIN LATERAL (
    SELECT ends_at, sum(remaining)::bigint AS remaining FROM ledger_lots(a.id, %(at)s, 'USABLE')
    WHERE ends_at IS NOT NULL GROUP BY ends_at ORDER BY ends_at LIMIT 1
) l ON true
LEFT JOIN loyalty_standing s ON s.account_id = a.id
WHERE m.id = ANY (%(memberships)s)
"""


class _Held(NamedTuple):
    points: int
    ends_at: datetime | None
    ending: int
    standing: str | None


def values_of(membership_ids: Iterable[int], at: datetime) -> dict[int, MemberValues]:
    """By the membership the values of the fields in campaigns.messaging.fields; four queries.

    A membership that is not there has no entry. What a member does not have is an empty text.
    What a campaign adds (`gift`, `granted` …) comes from `values_of_context`.
    """
    memberships = list(
        Membership.objects.filter(pk__in=list(membership_ids)).select_related("member", "programme")
    )
    held = _held([each.pk for each in memberships], at)
    shops = {
        programme.pk: _Shop(current_rulebook(programme_id=programme.pk), programme.time_zone)
        for programme in {each.programme for each in memberships}
    }
    on_shelf = _on_shelf(shops, at)
    return {
        each.pk: _values(each, held.get(each.pk), shops[each.programme_id], on_shelf, at)
        for each in memberships
    }


def values_of_context(context: Mapping[str, Any]) -> MemberValues:
    """What a dispatch brought along for its text: words in each language, texts and numbers."""
    values: MemberValues = {}
    for key, value in context.items():
        if isinstance(value, dict) and set(value) <= {"nl", "en"}:
            values[key] = {language: str(said) for language, said in value.items()}
        elif isinstance(value, int) and not isinstance(value, bool):
            values[key] = number(value)
        elif isinstance(value, str):
            values[key] = value
    return values


def number(value: int) -> Words:
    """A whole number as each language writes it."""
    english = f"{value:,}"
    return {"nl": english.replace(",", "."), "en": english}


def day(value: date) -> Words:
    """A day as each language says it, without the year."""
    return {
        language: f"{value.day} {names.split()[value.month - 1]}"
        for language, names in _MONTHS.items()
    }


# --- What is read ------------------------------------------------------------------------------


class _Shop(NamedTuple):
    book: Rulebook
    time_zone: str


class _OnShelf(NamedTuple):
    key: str
    points: int
    name: Words


def _held(membership_ids: list[int], at: datetime) -> dict[int, _Held]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"memberships": membership_ids, "at": at})
        rows = cursor.fetchall()
    return {
        membership: _Held(
            int(points),
            ends_at,
            int(ending or 0),
            document,
        )
        for membership, points, ends_at, ending, document in rows
    }


def _on_shelf(programme_ids: Iterable[int], at: datetime) -> dict[int, list[_OnShelf]]:
    rewards = Reward.objects.visible(at=at).filter(programme_id__in=list(programme_ids))
    shelf: dict[int, list[_OnShelf]] = {}
    for programme, key, points, nl, en in rewards.order_by("-points", "key").values_list(
        "programme_id", "key", "points", "name_nl", "name_en"
    ):
        shelf.setdefault(programme, []).append(_OnShelf(key, points, {"nl": nl, "en": en}))
    return shelf


# --- What is said ------------------------------------------------------------------------------


def _values(
    membership: Membership,
    held: _Held | None,
    shop: _Shop,
    on_shelf: dict[int, list[_OnShelf]],
    at: datetime,
) -> MemberValues:
    programme, shelf = membership.programme, on_shelf.get(membership.programme_id, [])
    points = held.points if held else 0
    values: MemberValues = {
        "given_name": membership.member.given_name,
        "programme": programme.name,
        "brand_colour": programme.brand_colour,
        "base_url": settings.BASE_URL,
        "points": number(points),
        "points_word": _points_word(points),
        "reward": next((each.name for each in shelf if 0 < each.points <= points), ""),
    }
    values |= _rewards(shelf)
    if held:
        values |= _lapsing(held, ZoneInfo(shop.time_zone))
        values |= _tiers(held, shop, membership.joined_at, at)
    return values


def _points_word(points: int) -> Words:
    return {"nl": "punt", "en": "point"} if points == 1 else {"nl": "punten", "en": "points"}


def _rewards(shelf: list[_OnShelf]) -> MemberValues:
    values: MemberValues = {}
    for each in shelf:
        word = _points_word(each.points)
        price = number(each.points)
        values[f"reward:{each.key}"] = each.name
        values[f"price:{each.key}"] = {said: f"{price[said]} {word[said]}" for said in price}
    return values


def _lapsing(held: _Held, zone: ZoneInfo) -> MemberValues:
    if held.ends_at is None:
        return {"expiring_points": "", "expiring_on": ""}
    # It ends with the last day, that is at the first moment of the next one.
    last = (held.ends_at.astimezone(zone) - _MOMENT).date()
    return {"expiring_points": number(held.ending), "expiring_on": day(last)}


def _tiers(held: _Held, shop: _Shop, joined_at: datetime, at: datetime) -> MemberValues:
    joined_on = joined_at.astimezone(ZoneInfo(shop.time_zone)).date()
    said = tier_ahead(book=shop.book, document=held.standing, joined_on=joined_on, at=at)
    return {"tier": said.tier, "next_tier": said.next_tier, "to_next_tier": said.way}
