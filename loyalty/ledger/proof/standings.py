"""What holds of tiers, limits and rule sets, without judging anything again."""

from loyalty.ledger.proof.check import Check

GIVEN_TIERS = Check(
    name="I15 tiers by hand",
    promise="A tier given by hand says who gave it and why, and ends after it began.",
    over="loyalty_tierassignment",
    sql="""
        SELECT id AS assignment, account_id AS account, tier, actor
        FROM loyalty_tierassignment
        WHERE actor = '' OR reason = '' OR ends_at <= starts_at
    """,
)

BUDGETS = Check(
    name="I18 budgets",
    promise="Of a budget no more is used than was ever set aside for it.",
    over="loyalty_limituse",
    sql="""
        SELECT l.programme, l.key, l.used, b.points AS budget
        FROM audit_limit l
        LEFT JOIN LATERAL (
            SELECT max((r.document -> 'budgets' ->> split_part(substr(l.key, 9), '|', 1))::bigint)
                   AS points
            FROM loyalty_ruleset r WHERE r.programme_id = l.programme) b ON true
        WHERE l.key LIKE '!budget:%%' AND l.used > coalesce(b.points, 0)
    """,
)

TIERS_SAID = Check(
    name="I22 tiers said",
    promise="Each change of tier that is booked has exactly one event in the outbox.",
    over="loyalty_tiermove",
    sql="""
        SELECT coalesce(m.account, e.account) AS account, m.move, e.times
        FROM (SELECT v.*, t.key FROM audit_tier_move v JOIN loyalty_tierset t ON t.id = v.tier_set) m
        FULL JOIN (
            SELECT (payload ->> 'account')::bigint AS account, payload ->> 'tier_set' AS key,
                   payload ->> 'before' AS before, payload ->> 'after' AS after,
                   occurred_at, count(*) AS times
            FROM loyalty_outboxevent WHERE name = 'loyalty.tier_changed.v1'
            GROUP BY 1, 2, 3, 4, 5) e
          ON (e.account, e.key, e.before, e.after, e.occurred_at)
             = (m.account, m.key, m.before, m.after, m.effective_at)
        WHERE e.times IS DISTINCT FROM 1 OR m.move IS NULL
    """,
)

CHECKS = (GIVEN_TIERS, BUDGETS, TIERS_SAID)
