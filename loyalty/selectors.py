"""Questions about the programme: its rules, and what is in an account."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet

from loyalty.earning.document import Rule, parse_rule
from loyalty.earning.sentences import describe_rule
from loyalty.errors import NotFound
from loyalty.labels import labels_of
from loyalty.ledger.holdings import Holdings, holdings, spendable
from loyalty.models import EarningRule, EarningRuleVersion, Hold, OutboxEvent, Programme
from loyalty.remarks import with_words
from loyalty.types import Language, Reason, Words


class BalanceCard(msgspec.Struct, frozen=True, kw_only=True):
    """What an account holds: what can be spent, its worth in money, and what lapses when.

    `held` are set aside for a payment, `owed` still to be earned back; neither is in `points`.
    """

    points: int
    pending: int
    held: int
    owed: int
    worth: Decimal
    currency: str
    expiring: list[tuple[date, int]]  # the last day on which they can be spent, soonest first


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer as the holder of the account sees it; `points` is negative when spent."""

    transfer: int
    at: datetime
    points: int
    balance_after: int
    kind: str
    reasons: list[Reason]
    source: str
    external_id: str


class RuleSentence(msgspec.Struct, frozen=True, kw_only=True):
    """A live rule in words; `starts_at` and `ends_at` are when it holds, end exclusive."""

    key: str
    name: str
    sentence: str
    starts_at: datetime | None
    ends_at: datetime | None
    trigger: str = ""  # the type of activity that it looks at


Answer = TypeVar("Answer")


def first_read(ask: Callable[[], Answer]) -> Answer:
    """The answer to the first question of a request, over a connection that it proves alive.

    After a restart of the database a new connection is opened and it is asked again.
    """
    try:
        return ask()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return ask()


def configuration_version() -> int:
    """The version of rules, policies and keys that is in force."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM loyalty_configuration WHERE id = 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


# --- Rules -------------------------------------------------------------------------------------


def published_rules(programme_id: int) -> list[Rule]:
    """Every rule that is live, also one whose period is over or still to come."""
    return [_parsed(version) for version in published_versions(programme_id)]


def live_rules(programme_id: int, at: datetime) -> list[Rule]:
    """The rules under which something that happens at that moment earns."""
    return [rule for rule in published_rules(programme_id) if rule.in_force(at)]


def rule_sentences(programme_id: int, language: Language, at: datetime) -> list[RuleSentence]:
    """The rules in force at that moment as sentences, by priority."""
    programme = Programme.objects.get(pk=programme_id)
    labels = labels_of(programme_id)
    return [
        _told(rule, language, programme, labels)
        for rule in sorted(live_rules(programme_id, at), key=lambda rule: rule.order)
    ]


def _told(
    rule: Rule, language: Language, programme: Programme, labels: dict[str, Words]
) -> RuleSentence:
    sentence = describe_rule(
        rule,
        language,
        currency=programme.currency,
        labels=labels,
        zone=ZoneInfo(programme.time_zone),
    )
    return RuleSentence(
        key=rule.key,
        name=rule.name.get(language, rule.name["nl"]),
        sentence=sentence,
        starts_at=rule.starts_at,
        ends_at=rule.ends_at,
        trigger=rule.document.trigger,
    )


def published_versions(programme_id: int) -> QuerySet[EarningRuleVersion]:
    """What the rules that are live say, by key."""
    live = EarningRuleVersion.objects.select_related("rule").filter(
        rule__programme_id=programme_id,
        rule__state=EarningRule.State.LIVE,
        published_at__isnull=False,
        retired_at=None,
    )
    return live.order_by("rule__key")


def _parsed(version: EarningRuleVersion) -> Rule:
    rule = version.rule
    return parse_rule(
        version.document,
        key=rule.key,
        version=version.number,
        name={"nl": rule.name_nl, "en": rule.name_en},
        priority=version.priority,
        starts_at=version.starts_at,
        ends_at=version.ends_at,
    )


# --- Accounts ----------------------------------------------------------------------------------


# Written out: every page of a member asks it, and needs neither the logo nor the rest.
_POLICY = """
SELECT a.owed, p.point_worth, p.currency, p.time_zone
FROM loyalty_account a
JOIN loyalty_unit u ON u.id = a.unit_id
JOIN loyalty_programme p ON p.id = u.programme_id
WHERE a.id = %s
"""


def balance_card(account_id: int, *, at: datetime) -> BalanceCard:
    """What the account holds at that moment. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_POLICY, [account_id])
        found = cursor.fetchone()
    if found is None:
        raise NotFound("There is no such account.")
    owed, point_worth, currency, time_zone = found
    held = holdings(account_id, at=at)
    return BalanceCard(
        points=held.spendable,
        pending=held.pending,
        held=_held(account_id, owed, held, at),
        owed=owed,
        worth=(held.spendable * point_worth).quantize(Decimal("0.01")),
        currency=currency,
        expiring=_by_last_day(_own_to_lose(held), ZoneInfo(time_zone)),
    )


def spendable_points(account_id: int, *, at: datetime) -> int:
    """What the account can spend at that moment, less what is held and owed; in one query."""
    return spendable(account_id, at=at)


def _held(account_id: int, owed: int, holdings: Holdings, at: datetime) -> int:
    """What live holds set aside; asked for only where something is not free to be spent."""
    if holdings.spendable:
        return sum(lot.points for lot in holdings.usable) - holdings.spendable - owed
    live = Hold.objects.filter(account_id=account_id, ended_at=None, expires_at__gt=at)
    return sum(live.values_list("points", flat=True))


def _own_to_lose(held: Holdings) -> Iterator[tuple[datetime, int]]:
    """What lapses when; what is set aside and owed is paid from what would lapse first."""
    spoken_for = sum(lot.points for lot in held.usable) - held.spendable
    for lot in held.usable:
        paying = min(spoken_for, lot.points)
        spoken_for -= paying
        if lot.ends_at and lot.points > paying:
            yield lot.ends_at, lot.points - paying


def _by_last_day(lapsing: Iterable[tuple[datetime, int]], zone: ZoneInfo) -> list[tuple[date, int]]:
    """Points by the last local day on which they can be spent; expiry itself is exclusive."""
    days: dict[date, int] = {}
    for expiry, points in lapsing:
        day = (expiry.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone).date()
        days[day] = days.get(day, 0) + points
    return sorted(days.items())


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines of a statement: a way, a time (`until` exclusive), those of some deeds."""

    way: Literal["", "in", "out", "expired"] = ""
    since: datetime | None = None
    until: datetime | None = None
    keys: Sequence[str] | None = None  # what their external id begins with


EVERYTHING = Wanted()

# Two scans of the account's own indexes, newest first, put together.
_STATEMENT = """
SELECT id, effective_at, points, balance_after, kind, reasons, source, external_id FROM (
    (SELECT id, effective_at, -points AS points, debit_before - points AS balance_after, kind,
            reasons::text, source, external_id, debit_version AS version
     FROM loyalty_transfer
     WHERE debit_account_id = %(account)s AND debit_version IS NOT NULL AND id < %(before)s
       {wanted}
     ORDER BY debit_version DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT id, effective_at, points, credit_before + points, kind,
            reasons::text, source, external_id, credit_version
     FROM loyalty_transfer
     WHERE credit_account_id = %(account)s AND credit_version IS NOT NULL AND id < %(before)s
       {wanted}
     ORDER BY credit_version DESC LIMIT %(limit)s)
) moved ORDER BY version DESC LIMIT %(limit)s
"""
_WAYS = {
    "in": "AND credit_account_id = %(account)s",
    "out": "AND debit_account_id = %(account)s AND kind <> 'EXPIRE'",
    "expired": "AND debit_account_id = %(account)s AND kind = 'EXPIRE'",
}
_NEWEST = 2**63 - 1


def statement(
    account_id: int, *, before: int | None = None, limit: int = 50, wanted: Wanted = EVERYTHING
) -> list[StatementLine]:
    """The account's transfers, the last booked first; `before` is the last one seen already."""
    asked: dict[str, Any] = {
        "account": account_id,
        "before": before or _NEWEST,
        "limit": limit,
        "since": wanted.since,
        "until": wanted.until,
        "keys": [f"{key}%" for key in wanted.keys or ()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT.format(wanted=_conditions(wanted)), asked)
        rows = cursor.fetchall()
    told = with_words([msgspec.json.decode(row[5], type=list[Reason]) for row in rows])
    return [
        StatementLine(
            transfer=transfer,
            at=at,
            points=points,
            balance_after=after,
            kind=kind,
            reasons=reasons,
            source=source,
            external_id=external_id,
        )
        for (transfer, at, points, after, kind, _json, source, external_id), reasons in zip(
            rows, told, strict=True
        )
    ]


def _conditions(wanted: Wanted) -> str:
    """Only what is asked, so that a statement of everything is planned as one."""
    said = [_WAYS.get(wanted.way, "")]
    if wanted.since:
        said.append("AND effective_at >= %(since)s")
    if wanted.until:
        said.append("AND effective_at < %(until)s")
    if wanted.keys is not None:
        said.append("AND external_id LIKE ANY (%(keys)s::text[])")
    return " ".join(said)


def events_after(
    programme_id: int, *, place: int, names: Sequence[str], limit: int
) -> tuple[str, list[OutboxEvent]]:
    """The programme's slug, and its events after that place in the feed, the oldest first."""
    slug = Programme.objects.values_list("slug", flat=True).get(pk=programme_id)
    found = OutboxEvent.objects.filter(
        place__gt=place, programmes__contains=[programme_id], name__in=names
    )
    return slug, list(found.order_by("place")[:limit])
