"""Years of history in minutes: purchases, transfers and lots written set by set, as the owner.

What is written keeps the promises that the audit proves: each activity has its transfer, each
transfer its lot, each account its gapless chain. Baskets are of whole euros and the first rule
gives a point for each, so every award is to the point what the engine would have given.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psycopg

CHUNK = 500_000
WRITTEN = (
    *("loyalty_transfer", "loyalty_lot", "loyalty_account", "loyalty_standing"),
    *("members_activity", "members_activityline"),
)
SOURCE = "seed"

MEMBERS = """
CREATE TEMP TABLE seed_member AS
SELECT row_number() OVER (ORDER BY a.id) - 1 AS k, m.id AS membership, a.holder, a.id AS account
FROM loyalty_account a
JOIN loyalty_unit u ON u.id = a.unit_id AND u.code = 'points'
JOIN members_membership m ON m.holder = a.holder
WHERE a.kind = 'MEMBER';
ALTER TABLE seed_member ADD PRIMARY KEY (k);
ANALYZE seed_member;
"""

# One chunk of purchases, each with its amounts, its id and its place in its account's chain.
# Ids begin with their moment, as those that the application makes.
CHUNK_TABLE = """
CREATE TEMP TABLE seed ON COMMIT DROP AS
SELECT n, membership, priced.holder, account, occurred_at, amounts, points, named.id,
    a.balance + sum(points) OVER chain - points AS before,
    a.version + row_number() OVER chain AS version
FROM (
    SELECT n, membership, holder, account, occurred_at, amounts,
        (SELECT sum(amount) FROM unnest(amounts) AS amount)::bigint AS points,
        overlay(lpad(to_hex((extract(epoch FROM occurred_at) * 1000)::bigint), 12, '0')
            || md5(%(tag)s::text || n) PLACING '7' FROM 13 FOR 1)::text AS hex
    FROM (
        SELECT n, membership, holder, account,
            %(since)s::timestamptz + (n - %(base)s::bigint) * %(step)s::interval AS occurred_at,
            ARRAY(SELECT 1 + ((n * 7919 + line * 104729) %% 49) FROM generate_series(1, %(lines)s::int)
                  AS line) AS amounts
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
        JOIN seed_member ON k = CASE WHEN %(varied)s THEN
            floor(%(members)s::bigint * power((hashint8extended(n, 7) & 16777215) / 16777216.0, 1.5))
            ELSE (n * 48271) %% %(members)s::bigint END::bigint
    ) drawn
) priced
CROSS JOIN LATERAL (SELECT overlay(left(hex, 32) PLACING '8' FROM 17 FOR 1)::uuid AS id) named
JOIN loyalty_account a ON a.id = account
WINDOW chain AS (PARTITION BY account ORDER BY n)
"""

TRANSFERS = """
INSERT INTO loyalty_transfer (id, debit_account_id, credit_account_id, points, kind, source,
    external_id, fingerprint, reasons, actor, effective_at, recorded_at,
    credit_before, credit_version)
OVERRIDING SYSTEM VALUE
SELECT %(transfer)s::bigint + n, %(issuance)s::bigint, account, points, 'EARN', 'activity', id || ':1', 'seed',
    jsonb_build_array(%(award)s::jsonb->'reasons'->0 || jsonb_build_object('points', points)),
    'system:bench', occurred_at, occurred_at, before, version
FROM seed ORDER BY n
"""

LOTS = """
INSERT INTO loyalty_lot (
    transfer_id, account_id, granted, remaining, available_from, expires_at, expiry)
SELECT %(transfer)s::bigint + n, account, points, points, occurred_at, CASE WHEN %(varied)s
    THEN occurred_at + interval '380 days' ELSE %(expires)s::timestamptz END, %(expiry)s::text
FROM seed ORDER BY n
"""

ACCOUNTS = """
UPDATE loyalty_account a SET balance = balance + grown.points, version = a.version + grown.times
FROM (SELECT account, sum(points) AS points, count(*) AS times FROM seed GROUP BY account) grown
WHERE a.id = grown.account
"""

ACTIVITIES = """
INSERT INTO members_activity (id, programme_id, membership_id, type, source, external_id,
    fingerprint, occurred_at, recorded_at, channel, location, amount, points, balance_after,
    rule_set_id, facts, award)
SELECT id, %(programme)s::bigint, membership, 'purchase', %(source)s::text, %(tag)s::text || n, 'seed', occurred_at,
    occurred_at, 'store', 'Utrecht', points, points, before + points, %(rule_set)s::bigint, %(facts)s::jsonb,
    %(award)s::jsonb || jsonb_build_object(
        'points', points, 'line_points', amounts,
        'grants', jsonb_build_array(%(award)s::jsonb->'grants'->0
            || jsonb_build_object('points', points, 'line_points', amounts)),
        'reasons', jsonb_build_array(%(award)s::jsonb->'reasons'->0
            || jsonb_build_object('points', points)))
FROM seed ORDER BY n
"""

LINES = """
INSERT INTO members_activityline (activity_id, number, product, category, brand, quantity, amount,
    points)
SELECT id, line, 'article-' || (n * line) %% 5000,
    (ARRAY['paint', 'brushes_tools', 'wallpaper', 'lighting', 'garden', 'floors', 'wood', 'bath'])
        [CASE WHEN %(varied)s THEN 1 + (hashint8extended(n * 8 + line, 3) & 7) ELSE line END::int],
    '', 1,
    amounts[line], amounts[line]
FROM seed, generate_series(1, %(lines)s::int) AS line ORDER BY n, line
"""

EVENTS = """
INSERT INTO loyalty_outboxevent (name, subject, payload, occurred_at, recorded_at, dispatched_at)
SELECT said.name, holder, said.payload, occurred_at, occurred_at, occurred_at
FROM seed CROSS JOIN LATERAL (VALUES
    ('loyalty.points_earned.v1', jsonb_build_object('transfer', %(transfer)s::bigint + n, 'points', points,
        'balance', before + points, 'source', 'activity', 'external_id', id || ':1')),
    ('members.activity_recorded.v1', jsonb_build_object('activity', id, 'type', 'purchase',
        'source', %(source)s::text, 'external_id', %(tag)s::text || n, 'points', points,
        'balance', before + points))) AS said (name, payload)
ORDER BY n
"""


# Where each member stands after it: how often they bought, and their points by day for the tiers.
# What they used of limits is left out, as are the days on which they qualified for a tier: the next
# purchase asks again.
STANDINGS = """
INSERT INTO loyalty_standing AS known (account_id, sequence, last_at, document)
SELECT account, 1, max(last_at), jsonb_build_object(
    'counts', jsonb_build_object('purchase', sum(times)),
    'last_at', to_jsonb(max(last_at)),
    'tallies', coalesce((SELECT jsonb_object_agg(tally, days.points)
                         FROM jsonb_array_elements_text(%(tallies)s::jsonb) AS tally), '{}'))
FROM (
    SELECT s.account, jsonb_object_agg(day, d.points) FILTER (WHERE day > %(kept_since)s) AS points,
        sum(times) AS times, max(last_at) AS last_at
    FROM (
        SELECT membership_id, (occurred_at AT TIME ZONE 'Europe/Amsterdam')::date AS day,
            sum(points) AS points, count(*) AS times, max(occurred_at) AS last_at
        FROM members_activity WHERE type = 'purchase' GROUP BY 1, 2
    ) d JOIN seed_member s ON s.membership = d.membership_id GROUP BY s.account
) days GROUP BY account, days.points
ON CONFLICT (account_id) DO UPDATE SET sequence = known.sequence + 1,
    last_at = excluded.last_at, document = known.document || excluded.document
"""


@dataclass(frozen=True, kw_only=True)
class History:
    """What is to be written: so many purchases, evenly over a period, member by member in turn."""

    purchases: int
    since: datetime
    until: datetime
    award: str  # what the engine gives for such a basket, as JSON: the pattern for all
    rule_set: int | None = None
    facts: str = "{}"
    lines: int = 4
    expires_at: datetime | None = None
    expiry: str = ""
    tallies: tuple[str, ...] = ()  # what the live tiers count
    with_activities: bool = True
    with_standings: bool = True
    varied: bool = False  # some buy far more than others, at any time and of eight categories
    with_events: bool = False

    @property
    def step(self) -> timedelta:
        return (self.until - self.since) / self.purchases


Connection = psycopg.Connection[tuple[Any, ...]]
Say = Callable[[str], None]


def seed(connection: Connection, history: History, *, say: Say = lambda _words: None) -> None:
    """Write that history behind whatever there is, in transactions of CHUNK purchases each."""
    connection.execute("DROP TABLE IF EXISTS seed_member")
    connection.execute(MEMBERS)
    given = _given(connection, history)
    began = time.perf_counter()
    for start in range(1, history.purchases + 1, CHUNK):
        last = min(start + CHUNK - 1, history.purchases)
        with connection.transaction():
            connection.execute("SET LOCAL work_mem = '256MB'")
            _write(connection, history, given | {"first": start, "last": last})
        say(f"{last:,} of {history.purchases:,} purchases in {time.perf_counter() - began:.0f} s")
    if history.with_activities and history.with_standings:
        connection.execute(
            STANDINGS,
            {
                "tallies": msgspec.json.encode(history.tallies).decode(),
                "kept_since": history.until - timedelta(days=366),
            },
        )
    connection.execute(
        "SELECT setval(pg_get_serial_sequence('loyalty_transfer', 'id'), max(id))"
        " FROM loyalty_transfer"
    )
    for table in WRITTEN:
        connection.execute(f"VACUUM (ANALYZE) {table}".encode())


def _given(connection: Connection, history: History) -> dict[str, Any]:
    found = connection.execute(
        "SELECT (SELECT count(*) FROM seed_member), (SELECT coalesce(max(id), 0) FROM"
        " loyalty_transfer), a.id, u.programme_id FROM loyalty_account a"
        " JOIN loyalty_unit u ON u.id = a.unit_id AND u.code = 'points' WHERE a.kind = 'ISSUANCE'"
    ).fetchone()
    assert found
    members, transfer, issuance, programme = found
    if members % 48271 == 0:
        raise SystemExit("Choose another number of members: this one would always draw the same.")
    return {
        "members": members,
        "transfer": transfer,
        "issuance": issuance,
        "programme": programme,
        "tag": f"{SOURCE}-{transfer}-",
        "source": SOURCE,
        "base": 1,
        "since": history.since,
        "step": history.step,
        "lines": history.lines,
        "varied": history.varied,
        "award": history.award,
        "facts": history.facts,
        "rule_set": history.rule_set,
        "expires": history.expires_at,
        "expiry": history.expiry,
    }


def _write(connection: Connection, history: History, given: dict[str, Any]) -> None:
    statements = [CHUNK_TABLE, TRANSFERS, LOTS]
    if history.with_activities:
        statements += [ACTIVITIES, LINES]
    if history.with_events:
        statements += [EVENTS]
    for statement in (*statements, ACCOUNTS):
        connection.execute(statement.encode(), given)
