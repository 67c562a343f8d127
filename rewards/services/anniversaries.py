"""What occasions give on a day: birthdays, anniversaries, and to those who stayed away.

A set of members is found in one query, those who have it already left out; then each is given it.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from loyalty.models import Account, Programme
from members.models import Membership, ProfileField
from members.services.consents import may_each
from rewards.models import Occasion
from rewards.moments import (
    Anniversary,
    BalanceReached,
    Birthday,
    Inactive,
    Moment,
    read_moment,
)
from rewards.services.audience import is_on, live_occasions
from rewards.services.happenings import grant_for, redeem_reached

DAYS_LATE = 7  # a day on which the job did not run is made up for, for so long
Found = list[tuple[int, str, int]]  # membership, what its grant's key ends with, n

_ALIVE = """
FROM members_membership m
JOIN members_member w ON w.id = m.member_id AND w.erased_at IS NULL AND w.merged_into_id IS NULL
"""
_NOT_YET = """
NOT EXISTS (SELECT FROM rewards_grant g WHERE g.membership_id = m.id
            AND g.key = %(key)s || ':' || found.ending)
"""
# 29 February is kept on the 28th in other years.
_DAY_IN = """
make_date(y.year, extract(month FROM {day})::int, least(extract(day FROM {day})::int,
    CASE WHEN extract(month FROM {day}) = 2
         THEN extract(day FROM make_date(y.year, 3, 1) - 1)::int ELSE 31 END))
"""
_ANNIVERSARIES = f"""
SELECT m.id, found.ending, (y.year - extract(year FROM d.day))::int
{_ALIVE}
CROSS JOIN LATERAL (SELECT (m.joined_at AT TIME ZONE %(zone)s)::date AS day) d
CROSS JOIN unnest(%(years)s::int[]) AS y (year)
CROSS JOIN LATERAL (SELECT (y.year)::text AS ending, {_DAY_IN.format(day="d.day")} AS due) found
WHERE m.programme_id = %(programme)s AND y.year > extract(year FROM d.day)
  AND found.due BETWEEN %(first)s AND %(today)s AND {_NOT_YET}
ORDER BY m.id
"""  # noqa: S608  nothing but our own words is put in
_BIRTHDAYS = f"""
SELECT m.id, found.ending, 1
{_ALIVE}
JOIN members_profileanswer a ON a.member_id = w.id AND a.field_id = %(field)s
    AND a.answered_at > %(kept_since)s
CROSS JOIN LATERAL (SELECT (a.value #>> '{{}}')::date AS day) d
CROSS JOIN unnest(%(years)s::int[]) AS y (year)
CROSS JOIN LATERAL (SELECT (y.year)::text AS ending, {_DAY_IN.format(day="d.day")} AS due) found
WHERE m.programme_id = %(programme)s
  AND found.due BETWEEN %(first)s AND %(today)s AND {_NOT_YET}
ORDER BY m.id
"""
_INACTIVE = f"""
SELECT m.id, found.ending, 1
{_ALIVE}
JOIN loyalty_account a ON a.holder = m.holder AND a.kind = 'MEMBER'
JOIN loyalty_unit u ON u.id = a.unit_id AND u.code = 'points' AND u.programme_id = m.programme_id
LEFT JOIN loyalty_standing s ON s.account_id = a.id
CROSS JOIN LATERAL (
    SELECT (coalesce(s.last_at, m.joined_at) AT TIME ZONE %(zone)s)::date AS day) d
CROSS JOIN LATERAL (SELECT d.day::text AS ending, d.day + %(days)s::int AS due) found
WHERE m.programme_id = %(programme)s
  AND found.due BETWEEN %(first)s AND %(today)s AND {_NOT_YET}
ORDER BY m.id
"""


def give_on_day(*, programme_id: int, at: datetime) -> int:
    """Give what is due today, and what the last week left undone; how many were given.

    Again on the same day gives nothing more. One that is refused does not keep the others back.
    """
    zone = ZoneInfo(Programme.objects.values_list("time_zone", flat=True).get(pk=programme_id))
    given = 0
    for occasion in live_occasions(list(_FINDERS), programme_id=programme_id):
        if not is_on(occasion, at):
            continue
        found = _found(occasion, at, zone)
        members = Membership.objects.select_related("member").in_bulk([pk for pk, *_ in found])
        for pk, ending, n in found:
            key = f"occasion:{occasion.key}:{ending}"
            given += grant_for(occasion, members[pk], key=key, n=n, at=at) is not None
    return given


def redeem_on_day(*, programme_id: int, at: datetime) -> int:
    """Redeem what balances suffice for that no event told of: points that became usable."""
    done = 0
    for occasion in live_occasions(["BALANCE_REACHED"], programme_id=programme_id):
        moment = read_moment(occasion.moment, occasion.params)
        if not is_on(occasion, at) or not isinstance(moment, BalanceReached):
            continue
        rich = Account.objects.filter(
            unit__programme_id=programme_id,
            unit__code="points",
            kind=Account.Kind.MEMBER,
            balance__gte=moment.points,
        )
        alive = Membership.objects.filter(member__erased_at=None, member__merged_into=None)
        for member in alive.filter(holder__in=rich.values("holder")).order_by("pk"):
            done += redeem_reached(occasion, member, cause=f"{at:%Y-%m-%d}", at=at) is not None
    return done


def _found(occasion: Occasion, at: datetime, zone: ZoneInfo) -> Found:
    """Whom it is due to, without those who have it."""
    moment = read_moment(occasion.moment, occasion.params)
    today = at.astimezone(zone).date()
    begun = occasion.starts_at.astimezone(zone).date() if occasion.starts_at else date.min
    asked: dict[str, Any] = {
        "programme": occasion.programme_id,
        "key": f"occasion:{occasion.key}",
        "zone": zone.key,
        "today": today,
        "first": max(today - timedelta(days=DAYS_LATE), begun),
        "years": [today.year - 1, today.year, today.year + 1],
    }
    return _FINDERS[occasion.moment](occasion, moment, asked, at)


def _birthdays(occasion: Occasion, moment: Moment, asked: dict[str, Any], at: datetime) -> Found:
    """Of who answered that question, while it is asked, for as long as the answer may be kept."""
    if not isinstance(moment, Birthday):
        return []
    field = ProfileField.objects.filter(
        programme_id=occasion.programme_id,
        key=moment.question,
        kind=ProfileField.Kind.DATE,
        state=ProfileField.State.LIVE,
    ).first()
    if field is None:
        return []
    ahead = timedelta(days=moment.days_ahead)
    asked |= {"today": asked["today"] + ahead, "first": asked["first"] + ahead}
    asked |= {"field": field.pk, "kept_since": at - timedelta(days=field.keep_days)}
    found = _asked(_BIRTHDAYS, asked)
    return _agreeing(found, field.purpose) if field.purpose else found


def _agreeing(found: Found, purpose: str) -> Found:
    """Those who agree to what the answer was given for."""
    members = dict(
        Membership.objects.filter(pk__in=[pk for pk, *_ in found]).values_list("pk", "member_id")
    )
    agree = may_each(member_ids=members.values(), purpose=purpose)
    return [each for each in found if members.get(each[0]) in agree]


def _anniversaries(
    occasion: Occasion, moment: Moment, asked: dict[str, Any], at: datetime
) -> Found:
    return _asked(_ANNIVERSARIES, asked) if isinstance(moment, Anniversary) else []


def _inactive(occasion: Occasion, moment: Moment, asked: dict[str, Any], at: datetime) -> Found:
    if not isinstance(moment, Inactive):
        return []
    return _asked(_INACTIVE, asked | {"days": moment.days})


def _asked(query: str, asked: Mapping[str, Any]) -> Found:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return [(pk, ending, n) for pk, ending, n in cursor.fetchall()]


Finder = Callable[[Occasion, Moment, dict[str, Any], datetime], Found]
_FINDERS: Mapping[str, Finder] = {
    Occasion.Moment.BIRTHDAY: _birthdays,
    Occasion.Moment.ANNIVERSARY: _anniversaries,
    Occasion.Moment.INACTIVE: _inactive,
}
