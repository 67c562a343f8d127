"""A redemption by PostgreSQL alone: one function that writes what the service writes.

It asks nothing and checks nothing that the service does besides the balance and the stock.
"""

import re
import subprocess

from bench.stage import Stage
from config.supervisor.bootstrap import APPLICATION, DATABASE
from config.supervisor.postgres import programs

_FUNCTION = """
CREATE FUNCTION bench_redeem(wanted_reward bigint, wanted_member bigint, key text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    member members_membership;
    reward rewards_reward;
    spent record;
    account bigint;
    redeemed bigint;
    redemption uuid := uuidv7();
    voucher uuid := uuidv7();
BEGIN
    SELECT * INTO member FROM members_membership WHERE id = wanted_member FOR NO KEY UPDATE;
    SELECT * INTO reward FROM rewards_reward WHERE id = wanted_reward;
    SELECT a.id, r.id INTO account, redeemed
    FROM loyalty_account a JOIN loyalty_unit u ON u.id = a.unit_id
    JOIN loyalty_account r ON r.unit_id = u.id AND r.kind = 'REDEEMED'
    WHERE u.programme_id = reward.programme_id AND u.code = 'points' AND a.kind = 'MEMBER'
      AND a.holder = member.holder;
    SELECT * INTO spent FROM ledger_post('REDEEM', account, redeemed, reward.points, 'redemption',
        redemption::text, 'f', '[]', 'bench', now(), now()) AS l(outcome, transfer, before, after);
    INSERT INTO rewards_redemption (id, reward_id, membership_id, points, balance_after,
        is_from_stock, request_key, fingerprint, channel, actor, redeemed_at)
    VALUES (redemption, reward.id, member.id, reward.points, spent.after, true, key, 'f', 'web',
        'bench', now());
    INSERT INTO rewards_redemptionstep (redemption_id, number, name, params, actor, at)
    VALUES (redemption, 1, 'CAPTURED', jsonb_build_object('points', reward.points), 'bench', now());
    INSERT INTO rewards_voucher (id, reward_id, redemption_id, membership_id, digest, state,
        used_by, used_location, issued_at, expires_at)
    VALUES (voucher, reward.id, redemption, member.id, encode(sha256(voucher::text::bytea), 'hex'),
        'ISSUED', '', '', now(), now() + interval '90 days');
    INSERT INTO loyalty_outboxevent (name, subject, payload, occurred_at, recorded_at)
    VALUES ('rewards.reward_redeemed.v1', member.holder, jsonb_build_object('redemption',
        redemption, 'reward', reward.key, 'voucher', voucher, 'points', reward.points,
        'balance', spent.after, 'channel', 'web'), now(), now());
    UPDATE rewards_shelf SET "left" = "left" - 1 WHERE id = (
        SELECT h.id FROM rewards_shelf h JOIN rewards_stock s ON s.id = h.stock_id
        WHERE s.reward_id = reward.id AND h."left" > 0
        ORDER BY h.place = member.id % 16 DESC, h.place LIMIT 1
        FOR NO KEY UPDATE OF h SKIP LOCKED);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'sold out';
    END IF;
    RETURN true;
END $$
"""
_CALL = """
\\set n :n + 1
\\set member random(:first, :last)
SELECT bench_redeem(:reward, :member, :tag || '-' || :client_id || '-' || :n);
"""


def install(on: Stage) -> None:
    """Put the function there."""
    with on.connect_as_owner() as connection:
        connection.execute(_FUNCTION)


def raw_redeeming(on: Stage, *, seconds: int, connections: int, tag: str) -> float:
    """Redemptions of the hot reward a second by the function alone, called by pgbench, prepared."""
    script = on.server.data.parent / f"redeem-{tag}.sql"
    script.write_text(_CALL)
    with on.connect() as connection:
        found = connection.execute(
            "SELECT min(id), max(id), (SELECT id FROM rewards_reward WHERE key = 'hot')"
            " FROM members_membership"
        ).fetchone()
    assert found
    values = zip(("first", "last", "reward"), found, strict=True)
    defined = [f"-D{name}={value}" for name, value in (*values, ("tag", tag), ("n", 0))]
    done = subprocess.run(
        [
            *(programs() / "pgbench", "-h", on.server.sockets, "-U", APPLICATION),
            *("-n", "-M", "prepared", "-c", str(connections), "-j", "2", "-T", str(seconds)),
            *("-f", str(script), *defined, DATABASE),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    assert rate
    return float(rate[1])
