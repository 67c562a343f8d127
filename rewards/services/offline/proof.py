"""What the audit asks of what tills did without a line."""

from loyalty.services.audit import register_check

OUTCOMES = """
    SELECT j.till_id AS till, j.number, j.kind, j.outcome, j.refusal
    FROM rewards_journalentry j
    LEFT JOIN rewards_doubleuse d ON d.loser_id = j.id
    LEFT JOIN rewards_voucheruse u ON u.id = j.use_id
    LEFT JOIN rewards_tillreceipt r
           ON r.till_id = j.till_id AND r.number = j.body ->> 'receipt'
    WHERE (CASE
        WHEN j.outcome = 'REFUSED' THEN j.refusal <> '' AND u.id IS NULL AND d.id IS NULL
        WHEN j.refusal <> '' THEN false
        WHEN j.kind = 'SALE' THEN j.outcome = 'BOOKED' AND u.id IS NULL AND d.id IS NULL
             AND r.id IS NOT NULL AND r.amount = (j.body ->> 'amount')::numeric
        WHEN j.outcome = 'BOOKED' THEN d.id IS NULL AND u.is_offline
             AND u.voucher_id = j.voucher_id AND u.rolled_back_by <> 'system:journal'
        ELSE u.id IS NULL AND d.voucher_id = j.voucher_id AND d.value = j.value
    END) IS NOT TRUE
"""

WINNERS = """
    SELECT v.id AS voucher, v.max_uses, count(u.id) AS uses,
           count(u.id) FILTER (WHERE u.is_offline AND j.id IS NULL) AS of_nobody
    FROM rewards_voucher v
    JOIN rewards_voucheruse u ON u.voucher_id = v.id AND u.rolled_back_at IS NULL
    LEFT JOIN rewards_journalentry j ON j.use_id = u.id
    GROUP BY v.id
    HAVING bool_or(u.is_offline) AND (
        count(u.id) > v.max_uses
        OR count(u.id) <> v.uses
        OR count(u.id) FILTER (WHERE u.is_offline AND j.id IS NULL) > 0)
"""

# At most one loser could come before a winner: none may.
RANKING = """
    SELECT lost.voucher_id AS voucher, lost.till_id AS loser, lost.number AS loser_number,
           won.till_id AS winner, won.number AS winner_number
    FROM rewards_journalentry lost
    JOIN rewards_till lt ON lt.id = lost.till_id
    JOIN rewards_journalentry won ON won.voucher_id = lost.voucher_id
    JOIN rewards_till wt ON wt.id = won.till_id
    JOIN rewards_voucheruse u ON u.id = won.use_id AND u.rolled_back_at IS NULL
    WHERE lost.kind = 'USE' AND won.kind = 'USE'
      AND lost.outcome = 'LOST' AND won.outcome = 'BOOKED'
      AND (lost.counted_at, lt.key, lost.number) < (won.counted_at, wt.key, won.number)
"""


def register_checks() -> None:
    """Have the audit ask them; done when the app starts."""
    register_check(
        name="journals of tills",
        promise="Each entry has one outcome: booked with its use or receipt, lost with a stated "
        "loss, or refused with a reason.",
        over="rewards_journalentry",
        sql=OUTCOMES,
    )
    register_check(
        name="uses without a line",
        promise="A voucher has no more uses than it may have, each of one entry of a till.",
        over="rewards_voucheruse",
        sql=WINNERS,
    )
    register_check(
        name="losers without a line",
        promise="No entry lost a voucher to a later one.",
        over="rewards_doubleuse",
        sql=RANKING,
    )
