"""Segments over a large programme: estimates, a full refresh of many, one member followed.

`python -m bench.segments --members 1000000 --purchases 10000000 --segments 50`
The goals: an estimate in two seconds, the refresh of fifty in five minutes, a member in five seconds.
"""

import argparse
from datetime import UTC, datetime, timedelta

import msgspec

from bench.seeding import History, seed
from bench.stage import stage
from bench.table import print_table


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--purchases", type=int, default=200_000)
    parser.add_argument("--segments", type=int, default=50)
    wanted = parser.parse_args(arguments)
    now = datetime.now(UTC)
    with stage(members=wanted.members) as on:
        history = History(
            purchases=wanted.purchases,
            since=now - timedelta(days=365),
            until=now - timedelta(days=1),
            expires_at=now + timedelta(days=700),
            award=on.award,
            rule_set=on.rule_set,
            tallies=on.tallies,
        )
        with on.connect_as_owner() as connection:
            seed(connection, history, say=print)
            connection.execute("VACUUM (ANALYZE) members_membership")
            connection.execute("VACUUM (ANALYZE) members_member")
        on.settle()
        said = on.run("-m", "bench.segment_asks", str(wanted.segments))
    rows = msgspec.json.decode(said, type=list[list[str]])
    title = f"Segments: {wanted.members:,} members, {wanted.purchases:,} purchases"
    print_table(title, ("what", "found", "seconds"), rows)


if __name__ == "__main__":
    main()
