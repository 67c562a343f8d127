"""What the audit asks of messages and campaigns: agreed to, within the cap, nothing for the held-out."""

from loyalty.services.audit import register_check

# Records of one person made one have two histories, of which neither was the gate's to know.
_ONE_RECORD = """NOT EXISTS (SELECT FROM members_merge g
                             WHERE {0}.member_id IN (g.kept_id, g.absorbed_id))"""

_LEFT = "d.nature = 'MARKETING' AND d.fate IN ('SENDING', 'SENT', 'UNKNOWN')"
_HELD = "('holdout', 'universal')"

# The last word before it was decided on was a yes; of what was said within the minute around it,
# either may have been heard. What an erased member had agreed to went with them.
CONSENT = f"""
    SELECT d.id AS dispatch, d.channel, d.purpose, d.decided_at
    FROM campaigns_dispatch d
    JOIN members_member m ON m.id = d.member_id
    LEFT JOIN LATERAL (
        SELECT c.is_given FROM members_consent c
        WHERE c.member_id = d.member_id AND c.purpose = d.purpose
          AND c.channel IN (d.channel, 'ANY')
          AND c.recorded_at <= d.decided_at - interval '1 minute'
        ORDER BY c.recorded_at DESC, (c.channel = d.channel) DESC, c.id DESC LIMIT 1) said ON true
    WHERE {_LEFT} AND m.erased_at IS NULL AND NOT coalesce(said.is_given, false)
      AND NOT EXISTS (
          SELECT FROM members_consent c
          WHERE c.member_id = d.member_id AND c.purpose = d.purpose AND c.is_given
            AND c.channel IN (d.channel, 'ANY')
            AND c.recorded_at BETWEEN d.decided_at - interval '1 minute'
                                  AND d.decided_at + interval '1 minute')
      AND {_ONE_RECORD.format("d")}
"""  # noqa: S608 - our own text

# Whatever names a held-out participant, and whatever a campaign sent to who is held out of it.
HELD_OUT = f"""
    SELECT 'message ' || d.id AS given, p.id AS participant, p.arm
    FROM campaigns_dispatch d
    JOIN members_membership m ON m.id = d.membership_id
    JOIN campaigns_participant p
      ON p.id = d.participant_id
      OR (p.campaign_id = d.campaign_id AND p.membership_id = d.membership_id
          AND {_ONE_RECORD.format("m")})
    WHERE p.arm IN {_HELD} AND d.fate NOT IN ('HELD_OUT', 'DROPPED')
    UNION ALL
    SELECT 'message ' || d.id, d.participant_id, d.arm FROM campaigns_dispatch d
    WHERE d.arm IN {_HELD} AND d.fate NOT IN ('HELD_OUT', 'DROPPED')
    UNION ALL
    SELECT 'step ' || s.id, p.id, p.arm
    FROM campaigns_steptaken s JOIN campaigns_participant p ON p.id = s.participant_id
    WHERE p.arm IN {_HELD}
    UNION ALL
    SELECT 'points ' || t.id, p.id, p.arm
    FROM loyalty_transfer t
    JOIN campaigns_participant p ON p.id::text = split_part(t.external_id, ':', 3)
    WHERE t.source = 'campaign' AND p.arm IN {_HELD}
    UNION ALL
    SELECT 'reward ' || g.id, p.id, p.arm
    FROM rewards_grant g
    JOIN campaigns_participant p ON p.id::text = split_part(g.key, ':', 3)
    WHERE g.key LIKE 'campaign:%%' AND p.arm IN {_HELD}
    UNION ALL
    SELECT 'webhook ' || e.id, p.id, p.arm
    FROM loyalty_outboxevent e
    JOIN campaigns_participant p ON p.id::text = e.payload ->> 'participant'
    WHERE e.name = 'campaigns.webhook_asked.v1' AND p.arm IN {_HELD}
"""  # noqa: S608 - our own text

# As campaigns.experiments.allocation has it: 64 bits of SHA-256, below so many per cent of 2^64.
DRAWN = f"""
    SELECT p.id AS participant, p.arm, trunc(p.place / 18446744073709551616, 6) AS place
    FROM (SELECT p.id, p.arm, c.holdout, m.member_id,
                 ('x' || substr(h.hex, 1, 8))::bit(32)::bigint::numeric * 4294967296
                 + ('x' || substr(h.hex, 9, 8))::bit(32)::bigint AS place
          FROM campaigns_participant p
          JOIN campaigns_campaign c ON c.id = p.campaign_id
          JOIN members_membership m ON m.id = p.membership_id
          CROSS JOIN LATERAL (
              SELECT encode(sha256(convert_to(c.salt || ':' || m.member_id, 'UTF8')), 'hex') AS hex
          ) h
          WHERE p.arm <> 'universal') p
    WHERE (p.place * 100 < p.holdout * 18446744073709551616) <> (p.arm = 'holdout')
      AND {_ONE_RECORD.format("p")}
"""  # noqa: S608 - our own text

# Over all channels, by the cap that held when it was let through; what has none passed no gate.
CAP = f"""
    SELECT d.id AS dispatch, d.cap, d.cap_days, n.sent
    FROM campaigns_dispatch d
    JOIN members_membership m ON m.id = d.membership_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS sent FROM campaigns_dispatch o
        WHERE o.membership_id = d.membership_id AND o.nature = 'MARKETING'
          AND o.fate IN ('SENDING', 'SENT', 'UNKNOWN') AND o.decided_at <= d.decided_at
          AND o.decided_at > d.decided_at - make_interval(days => d.cap_days)) n
    WHERE {_LEFT} AND (d.cap IS NULL OR d.decided_at IS NULL OR n.sent > d.cap)
      AND {_ONE_RECORD.format("m")}
"""  # noqa: S608 - our own text

MESSAGES = "campaigns_dispatch WHERE nature = 'MARKETING'"


def register_checks() -> None:
    """Have the audit ask them; done when the app starts."""
    register_check(
        name="I19 consent",
        promise="No marketing left without a yes to its purpose and channel at that moment.",
        over=MESSAGES,
        sql=CONSENT,
    )
    register_check(
        name="I19 held out",
        promise="Who is held out got no message, no points, no reward and no other step.",
        over="campaigns_participant WHERE arm IN ('holdout', 'universal')",
        sql=HELD_OUT,
    )
    register_check(
        name="I19 drawn by lot",
        promise="Who is held out of a campaign is who its hash says, and nobody else.",
        over="campaigns_participant",
        sql=DRAWN,
    )
    register_check(
        name="contact cap",
        promise="No more marketing left to a member, over all channels, than the cap of then.",
        over=MESSAGES,
        sql=CAP,
    )
