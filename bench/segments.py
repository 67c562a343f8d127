"""Segments over a large programme: estimates, a full refresh of many, one member followed.

make bench ARGS="segments"                                   5,000 members, 50,000 purchases
make bench ARGS="segments --size 200"                        1 million and 10 million

The goals: an estimate in two seconds, the refresh of fifty in five minutes, a member in five seconds.
"""

import argparse
import time
from datetime import UTC, datetime, timedelta

import msgspec

from bench.search import fill
from bench.seeding import History, seed
from bench.stage import Stage, stage
from bench.table import print_table

MEMBERS, PURCHASES = 5_000, 50_000
LINES = 2
AT_FIRST = 11  # enrolled by the service; all others by one statement

# Three of four agreed to offers a day ago; one of ten took that back since.
AGREE = """
INSERT INTO members_consent (member_id, purpose, channel, is_given, text_version, touchpoint, actor,
    recorded_at)
SELECT m.id, 'OFFERS', 'ANY', g.is_given, '', 'bench', 'system:bench', %(at)s - g.ago
FROM members_member m
CROSS JOIN (VALUES (true, interval '1 day', 196607), (false, interval '1 hour', 26214))
    g (is_given, ago, share)
WHERE (hashtextextended(m.id::text, length(g.ago::text)) & 262143) < g.share
"""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=1, help="so many times as much of everybody")
    parser.add_argument("--segments", type=int, default=50)
    wanted = parser.parse_args(arguments)
    members, purchases = int(MEMBERS * wanted.size), int(PURCHASES * wanted.size)
    with stage(members=AT_FIRST) as on:
        people(on, members, purchases)
        said = on.run("-m", "bench.segment_asks", str(wanted.segments))
    rows = msgspec.json.decode(said, type=list[list[str]])
    title = f"Segments: {members:,} members, {purchases:,} purchases"
    print_table(title, ("what", "found", "seconds", "of the goal"), rows)


def people(on: Stage, members: int, purchases: int) -> None:
    """So many members, some of whom bought far more than others over the past year."""
    now, began = datetime.now(UTC), time.perf_counter()
    fill(on, members)
    history = History(
        purchases=purchases,
        since=now - timedelta(days=365),
        until=now - timedelta(minutes=1),
        award=on.award,
        rule_set=on.rule_set,
        lines=LINES,
        varied=True,
        with_standings=False,
    )
    with on.connect_as_owner() as connection:
        seed(connection, history, say=lambda words: print(words, flush=True))
        connection.execute(AGREE, {"at": now})
        connection.execute("VACUUM (ANALYZE) members_consent")
    on.settle()
    print(f"all there after {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
