"""How fast rewards are redeemed: a hot one against ones of their own, and against PostgreSQL alone.

`python -m bench.redeem --members 4000 --seconds 4`
Goals: a reward that everybody takes at 0.85 or more of one that a process has to itself, in the same
run, and at 0.2 or more of the ledger's own function. Nothing is ever oversold.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from random import Random

from bench.stage import ROOT, Stage, stage
from bench.table import print_table
from config.supervisor.bootstrap import APPLICATION, DATABASE
from config.supervisor.postgres import programs

POINTS = 1_000_000_000
STOCK = 1_000_000
RAW = """
\\set n :n + 1
\\set account random(:first, :last)
SELECT ledger_post('REDEEM', :account, :redeemed, 1, 'raw', :tag || '-' || :client_id || '-' || :n,
                   'f', '[]', 'bench', now(), now());
"""
_GIVE = """
SELECT count(ledger_post('EARN', (SELECT id FROM loyalty_account WHERE kind = 'ISSUANCE'
                                  AND unit_id = a.unit_id), a.id, %s, 'given', a.id::text, 'f', '[]',
                         'bench', now(), now(), now(), now() + interval '2 years'))
FROM loyalty_account a JOIN loyalty_unit u ON u.id = a.unit_id
WHERE a.kind = 'MEMBER' AND u.code = 'points'
"""
_ACCOUNTS = """
SELECT min(a.id), max(a.id),
       (SELECT r.id FROM loyalty_account r JOIN loyalty_unit u ON u.id = r.unit_id
        WHERE r.kind = 'REDEEMED' AND u.code = 'points')
FROM loyalty_account a JOIN loyalty_unit u ON u.id = a.unit_id
WHERE a.kind = 'MEMBER' AND u.code = 'points'
"""


def raw_redeeming(on: Stage, *, seconds: int, connections: int, tag: int) -> float:
    """Redemptions per second by the posting function alone, called by pgbench, prepared."""
    script = on.server.data.parent / f"redeem{tag}.sql"
    script.write_text(RAW)
    with on.connect() as connection:
        found = connection.execute(_ACCOUNTS).fetchone()
    assert found
    values = zip(("first", "last", "redeemed"), found, strict=True)
    defined = [f"-D{name}={value}" for name, value in (*values, ("tag", tag), ("n", 0))]
    done = subprocess.run(
        [
            *(programs() / "pgbench", "-h", on.server.sockets, "-U", APPLICATION),
            *("-n", "-M", "prepared", "-c", str(connections), "-j", "2", "-T", str(seconds)),
            *("-f", script, *defined, DATABASE),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    assert rate
    return float(rate[1])


def together(on: Stage, what: str, *, seconds: int, workers: int, tag: int) -> float:
    """Redemptions per second of so many processes; each its own reward, or all the `hot` one."""
    start = time.time() + 6
    children = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "bench.redeem", "worker", what, str(number)),
                *(str(seconds), str(start), str(tag)),
            ],
            cwd=ROOT,
            env=on.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(workers)
    ]
    counts = [int(child.communicate()[0]) for child in children]
    return sum(counts) / seconds


def work(what: str, number: int, seconds: int, start: float, tag: str) -> int:
    """Redeem until the time is over, from `start` on; how often."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from members.models import Membership
    from rewards.models import Reward
    from rewards.services.redemption import redeem_reward

    key = "hot" if what == "hot" else f"own-{number}"
    reward = Reward.objects.get(key=key)
    ids = list(Membership.objects.order_by("pk").values_list("pk", flat=True))
    choose, done = Random(f"{what}{number}{tag}"), 0
    time.sleep(max(0.0, start - time.time()))
    while time.time() < start + seconds:
        redeem_reward(
            membership_id=choose.choice(ids),
            reward_id=reward.pk,
            request_key=f"{what}-{tag}-{number}-{done}",
            channel="web",
            actor="api:bench",
            at=datetime.now(UTC),
        )
        done += 1
    return done


def open_shop(workers: int) -> None:
    """A hot reward and one for each worker, all with a stock."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from loyalty.models import Programme
    from rewards.services.catalogue import publish_reward, save_reward, set_stock

    now, programme = datetime.now(UTC), Programme.objects.get()
    for key in ["hot", *(f"own-{number}" for number in range(workers))]:
        reward = save_reward(
            programme_id=programme.pk,
            key=key,
            name_nl=key,
            name_en=key,
            points=1,
            actor="bench",
            at=now,
        )
        set_stock(reward_id=reward.pk, total=STOCK, actor="bench", at=now)
        publish_reward(reward_id=reward.pk, actor="bench", at=now)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=4_000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args(arguments)
    raws, own, hot = [], [], []
    with stage(members=wanted.members) as on:
        on.run("-m", "bench.redeem", "open", str(wanted.workers))
        with on.connect() as connection:
            connection.execute(_GIVE, [POINTS])
        many = {"seconds": wanted.seconds}
        for number in range(wanted.rounds):
            raws.append(raw_redeeming(on, connections=8, tag=number, **many))
            own.append(together(on, "own", workers=wanted.workers, tag=number, **many))
            hot.append(together(on, "hot", workers=wanted.workers, tag=number, **many))
    raw, alone, contended = (sum(rates) / len(rates) for rates in (raws, own, hot))
    rows = [
        ("raw ledger_post (pgbench)", f"{raw:,.0f}", "1.00", ""),
        ("redeem_reward, a reward for each", f"{alone:,.0f}", f"{alone / raw:.2f}", "1.00"),
        (
            "redeem_reward, one hot reward",
            f"{contended:,.0f}",
            f"{contended / raw:.2f}",
            f"{contended / alone:.2f}",
        ),
    ]
    title = f"Redemptions: {wanted.members:,} members, {wanted.workers} processes, stock on shelves"
    print_table(title, ("what", "per second", "of raw", "of its own"), rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        print(
            work(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), sys.argv[6])
        )
    elif sys.argv[1:2] == ["open"]:
        open_shop(int(sys.argv[2]))
    else:
        main()
