"""How fast purchases are taken, against what PostgreSQL alone can post, in one run.

`python -m bench.purchases --members 20000 --seconds 8`
The goals, with twenty rules, a tier set and caps: single purchases at 0.16 of the posting function,
and 5,000 purchases a second in batches.
"""

import argparse
import json
import re
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.http_load import drive, purchase, request_bytes, send
from bench.stage import Stage, stage, web_server
from bench.table import print_table
from config.supervisor.bootstrap import APPLICATION, DATABASE
from config.supervisor.postgres import programs

FASTEST = 12_000  # purchases a second that the senders of batches have prepared
RAW = """
\\set n :n + 1
\\set account random(:first, :last)
SELECT ledger_post('EARN', :issuance, :account, 12, 'raw', :tag || '-' || :client_id || '-' || :n,
                   'f', '[]', 'bench', now(), now(), now(), now() + interval '2 years');
"""


@dataclass(frozen=True)
class Raw:
    """PostgreSQL alone: transfers per second and their 99th percentile in milliseconds."""

    rate: float
    p99: float


def raw_posting(on: Stage, *, seconds: int, connections: int, tag: int) -> Raw:
    """The posting function called by pgbench, prepared, on the same database."""
    folder = on.server.data.parent / f"pgbench{tag}"
    folder.mkdir()
    (folder / "raw.sql").write_text(RAW)
    with on.connect() as connection:
        found = connection.execute(
            "SELECT min(id), max(id), (SELECT id FROM loyalty_account WHERE kind = 'ISSUANCE')"
            " FROM loyalty_account WHERE kind = 'MEMBER'"
        ).fetchone()
    assert found
    values = zip(("first", "last", "issuance"), found, strict=True)
    defined = [f"-D{name}={value}" for name, value in (*values, ("tag", tag), ("n", 0))]
    done = subprocess.run(
        [
            *(programs() / "pgbench", "-h", on.server.sockets, "-U", APPLICATION),
            *("-n", "-M", "prepared", "-c", str(connections), "-j", "2", "-T", str(seconds)),
            *("-l", "-f", "raw.sql", *defined, DATABASE),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    assert rate
    lines = [line for log in folder.glob("pgbench_log*") for line in log.read_text().splitlines()]
    took = sorted(int(line.split()[2]) for line in lines)
    return Raw(float(rate[1]), took[int(0.99 * (len(took) - 1))] / 1000)


def batch_door(on: Stage, port: int, *, seconds: float, size: int, senders: int) -> float:
    """Purchases per second through POST /activities/batch, by so many senders at once.

    A member is one sender's, and the bodies are made before the clock runs, as by `drive`.
    """
    waiting = [
        _batches(on, range(sender, on.members, senders), size, int(FASTEST * seconds / senders))
        for sender in range(senders)
    ]
    began = time.perf_counter()

    def post(bodies: list[bytes]) -> int:
        taken = 0
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for body in bodies:
                if time.perf_counter() - began > seconds:
                    break
                send(connection, request_bytes("/api/v1/activities/batch", on.key, body))
                taken += size
        return taken

    with ThreadPoolExecutor(senders) as pool:
        done = sum(pool.map(post, waiting))
    return done / (time.perf_counter() - began)


def _batches(on: Stage, members: range, size: int, purchases: int) -> list[bytes]:
    tag = f"batch{size}-{members.start}-{members.step}"
    return [
        json.dumps(
            [purchase(i, members[i % len(members)], tag=tag) for i in range(start, start + size)]
        ).encode()
        for start in range(0, max(purchases, size), size)
    ]


Row = tuple[str, str, str, str]


def doors(on: Stage, port: int, wanted: argparse.Namespace, *, rules: int) -> list[Row]:
    """What each door takes under so many rules, beside the posting function around it."""
    many = {"seconds": wanted.seconds, "connections": wanted.connections}
    tag = f"rules{rules}-"
    drive(port, on.key, seconds=2, connections=2, members=on.members, tag=f"{tag}warm")
    before = raw_posting(on, tag=2 * rules, **many)
    load = drive(port, on.key, members=on.members, tag=tag, **many)
    batches = [
        (size, senders, batch_door(on, port, seconds=wanted.seconds, size=size, senders=senders))
        for size in wanted.batches
        for senders in (1, 2)
    ]
    after = raw_posting(on, tag=2 * rules + 1, **many)
    raw = (before.rate + after.rate) / 2
    p99 = (before.p99 + after.p99) / 2
    one = load.percentile(0.99)
    return [
        ("raw ledger_post (pgbench)", f"{raw:,.0f}", "1.00", f"{p99:.1f}"),
        _row(f"POST /activities, {rules} rules, 4 lines", load.rate, raw, f"{one:.1f}"),
        *(
            _row(f"batches of {size:,} by {senders}, {rules} rules", rate, raw, "")
            for size, senders, rate in batches
        ),
    ]


def _row(what: str, rate: float, raw: float, p99: str) -> Row:
    return what, f"{rate:,.0f}", f"{rate / raw:.2f}", p99


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--batches", type=int, nargs="*", default=[1000, 5000])
    parser.add_argument("--rules", type=int, nargs="+", default=[2, 20])
    wanted = parser.parse_args(arguments)
    rows: list[Row] = []
    for rules in wanted.rules:  # each on a stage of its own: new tiers have histories judged again
        with stage(members=wanted.members, rules=rules) as on, web_server(on) as port:
            rows += doors(on, port, wanted, rules=rules)
    title = f"Purchases: {wanted.members:,} members, {wanted.connections} connections"
    print_table(title, ("what", "per second", "of raw", "p99 ms"), rows)


if __name__ == "__main__":
    main()
