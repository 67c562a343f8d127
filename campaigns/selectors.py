"""What campaigns ask the database for others to show."""

from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Count, Q, QuerySet

from campaigns.models import Offer
from campaigns.offers.choosing import MONTH, Bought, OfferFacts, Showing, Theme
from loyalty.types import Words
from members.models import Membership

# One statement for a page that many open: the offers that are on with what the member did with
# them, and what may be known of the member. What was bought is not looked at without consent.
_SQL = """
WITH me AS (
    SELECT m.id, m.member_id, m.programme_id, p.name, coalesce((
        SELECT c.is_given FROM members_consent c
        WHERE c.member_id = m.member_id AND c.purpose = 'PROFILING' AND c.channel = 'ANY'
        ORDER BY c.recorded_at DESC, c.id DESC LIMIT 1), false) AS may_profile
    FROM members_membership m JOIN loyalty_programme p ON p.id = m.programme_id
    WHERE m.id = %(membership)s
), live AS (
    SELECT o.key, o.title_nl, o.title_en, o.text_nl, o.text_en, o.link,
           coalesce(w.key, '') AS reward, o.categories, o.brands, o.locations, o.tiers, o.segments, o.weight,
           o.starts_at, o.ends_at, c.name_nl, c.name_en, o.campaign_id,
           c.state = 'LIVE' AND EXISTS (
               SELECT FROM campaigns_participant t
               WHERE t.campaign_id = o.campaign_id AND t.membership_id = me.id
                 AND t.state IN ('ACTIVE', 'DONE')) AS is_in_campaign,
           s.days_shown, s.last_shown_on, s.followed_at, s.dismissed_at
    FROM me JOIN campaigns_offer o ON o.programme_id = me.programme_id AND o.state = 'LIVE'
    LEFT JOIN rewards_reward w ON w.id = o.reward_id
    LEFT JOIN campaigns_campaign c ON c.id = o.campaign_id
    LEFT JOIN campaigns_offercontact s ON s.offer_id = o.id AND s.membership_id = me.id
    WHERE (w.id IS NULL OR w.state = 'LIVE')
      AND (o.starts_at IS NULL OR o.starts_at <= %(at)s)
      AND (o.ends_at IS NULL OR o.ends_at > %(at)s)
), bought AS (
    SELECT t.kind, t.key, count(DISTINCT a.id) AS times
    FROM me
    JOIN members_activity a ON a.membership_id = me.id AND me.may_profile
     AND a.type = 'purchase' AND a.occurred_at > %(since)s AND a.occurred_at <= %(at)s
    JOIN members_activityline l ON l.activity_id = a.id AND l.amount > 0
    CROSS JOIN LATERAL (VALUES ('CATEGORY', l.category), ('BRAND', l.brand)) AS t (kind, key)
    WHERE t.key <> '' AND EXISTS (SELECT FROM live)
      AND NOT EXISTS (
          SELECT FROM members_activity back
          WHERE back.programme_id = a.programme_id
            AND back.original = a.source || ':' || a.external_id)
    GROUP BY t.kind, t.key
)
SELECT (SELECT name FROM me), (SELECT may_profile FROM me),
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'kind', f.kind, 'key', f.key, 'source', f.source, 'liked', f.is_liked,
        'weight', f.weight)), '[]') FROM me JOIN members_preference f ON f.membership_id = me.id
     WHERE f.source = 'ASKED' OR me.may_profile)::text,
    (SELECT coalesce(jsonb_agg(bought), '[]') FROM bought)::text,
    (SELECT coalesce(jsonb_agg(DISTINCT s.segment), '[]') FROM me
     JOIN members_segmentmembership s ON s.membership_id = me.id
     WHERE s.since <= %(at)s AND (s.until IS NULL OR s.until > %(at)s))::text,
    (SELECT coalesce(jsonb_agg(live), '[]') FROM live)::text
"""


class _Row(msgspec.Struct):
    """An offer as the statement tells it."""

    key: str
    title_nl: str
    title_en: str
    text_nl: str
    text_en: str
    link: str
    reward: str
    categories: list[str]
    brands: list[str]
    locations: list[str]
    tiers: list[str]
    segments: list[str]
    weight: int
    starts_at: datetime | None
    ends_at: datetime | None
    name_nl: str | None
    name_en: str | None
    campaign_id: int | None
    is_in_campaign: bool | None
    days_shown: int | None
    last_shown_on: date | None
    followed_at: str | None
    dismissed_at: str | None


def offers_and_facts(
    membership: Membership, *, at: datetime, location: str = ""
) -> tuple[list[Showing], OfferFacts]:
    """The offers that are on, and what may be known of the member for choosing; one query.

    Tiers and labels are not in it: the rulebook knows them.
    """
    said: dict[str, Any] = {"membership": membership.pk, "at": at, "since": at - MONTH}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, said)
        [(shop, may_profile, preferences, bought, segments, live)] = cursor.fetchall()
    liked, disliked, inferred = _preferences(msgspec.json.decode(preferences))
    facts = OfferFacts(
        may_profile=bool(may_profile),
        shop=shop or "",
        liked=frozenset(liked),
        disliked=frozenset(disliked),
        inferred=inferred,
        bought=msgspec.json.decode(bought, type=list[Bought]),
        segments=frozenset(msgspec.json.decode(segments)),
        location=location,
    )
    return [_showing(row) for row in msgspec.json.decode(live, type=list[_Row])], facts


def _preferences(
    rows: list[dict[str, Any]],
) -> tuple[set[Theme], set[Theme], dict[Theme, int]]:
    liked, disliked, inferred = set[Theme](), set[Theme](), dict[Theme, int]()
    for row in rows:
        theme: Theme = (row["kind"], row["key"])
        if not row["liked"]:
            disliked.add(theme)
        elif row["source"] == "ASKED":
            liked.add(theme)
        else:
            inferred[theme] = row["weight"]
    return liked, disliked, inferred


def _showing(row: _Row) -> Showing:
    campaign: Words | None = None
    if row.campaign_id is not None:
        campaign = {"nl": row.name_nl or "", "en": row.name_en or ""}
    return Showing(
        key=row.key,
        title={"nl": row.title_nl, "en": row.title_en},
        text={"nl": row.text_nl, "en": row.text_en},
        reward=row.reward,
        link=row.link,
        categories=row.categories,
        brands=row.brands,
        locations=row.locations,
        tiers=row.tiers,
        segments=row.segments,
        campaign=campaign,
        is_in_campaign=bool(row.is_in_campaign),
        weight=row.weight,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        days_shown=row.days_shown or 0,
        last_shown_on=row.last_shown_on,
        is_followed=row.followed_at is not None,
        is_dismissed=row.dismissed_at is not None,
    )


def dismissed_offers(membership: Membership, *, at: datetime) -> list[Offer]:
    """The offers that are still on and that the member put away, the last one first."""
    is_on = Q(ends_at=None) | Q(ends_at__gt=at)
    found = Offer.objects.filter(
        is_on, state=Offer.State.LIVE, contacts__membership=membership
    ).exclude(contacts__dismissed_at=None)
    return list(found.order_by("-contacts__dismissed_at"))


def with_figures(offers: QuerySet[Offer]) -> QuerySet[Any]:
    """Each with how many members saw it, followed it and put it away."""
    return offers.annotate(
        seen=Count("contacts", filter=Q(contacts__days_shown__gt=0)),
        followed=Count("contacts", filter=Q(contacts__followed_at__isnull=False)),
        dismissed=Count("contacts", filter=Q(contacts__dismissed_at__isnull=False)),
    )
