"""What segments can ask about rewards: what members redeemed, and what they could have."""

from collections.abc import Mapping
from typing import Any

from members.segments.catalogue import Attribute, Kind
from members.services.segments import add_attribute

_GROUP = {"nl": "Beloningen", "en": "Rewards"}
_REDEEMED = """
    SELECT r.membership_id, {value} FROM rewards_redemption r{joined}
    WHERE r.membership_id IN (SELECT w.id FROM who w) AND r.redeemed_at <= %(at)s
      AND r.state IN ('CAPTURED', 'FULFILLED'){narrowed}
    GROUP BY r.membership_id
"""
_REWARD = " JOIN rewards_reward d ON d.id = r.reward_id AND d.key = ANY(%(reward)s)"
_REACHABLE = """
    SELECT w.id, array_agg(d.key::text) FROM who w
    JOIN loyalty_unit u ON u.programme_id = %(programme)s AND u.code = 'points'
    JOIN loyalty_account b ON b.unit_id = u.id AND b.kind = 'MEMBER' AND b.holder = w.holder
    JOIN rewards_reward d ON d.programme_id = %(programme)s AND d.state = 'LIVE'
        AND d.is_listed AND d.points <= b.balance
    GROUP BY w.id
"""
_VOUCHERS = """
    SELECT o.membership, count(DISTINCT o.id) FROM (
        SELECT v.membership_id AS membership, v.id FROM rewards_voucher v
        WHERE v.membership_id IN (SELECT w.id FROM who w)
          AND v.state = 'ISSUED' AND v.expires_at > %(at)s
        UNION ALL
        SELECT r.membership_id, v.id FROM rewards_redemption r
        JOIN rewards_voucher v ON v.redemption_id = r.id AND v.membership_id IS NULL
        WHERE r.membership_id IN (SELECT w.id FROM who w)
          AND v.state = 'ISSUED' AND v.expires_at > %(at)s
    ) o GROUP BY o.membership
"""


def register() -> None:
    """Add them to the catalogue."""
    narrowing = ("days", "reward")
    for key, kind, value, words in (
        ("count", Kind.NUMBER, "count(*)", ("aantal ingewisseld", "redemptions")),
        ("last", Kind.MOMENT, "max(r.redeemed_at)", ("laatst ingewisseld", "last redemption")),
    ):
        attribute = Attribute(
            key=f"redemptions.{key}",
            kind=kind,
            words={"nl": words[0], "en": words[1]},
            group=_GROUP,
            parameters=narrowing,
            counts=key == "count",
        )
        add_attribute(attribute, _redeemed(value))
    _add_simple("rewards.reachable", Kind.CHOICES, ("kan betalen", "can pay for"), _REACHABLE)
    _add_simple("vouchers.open", Kind.NUMBER, ("open bonnen", "open vouchers"), _VOUCHERS)


def _redeemed(value: str) -> Any:
    def made(given: Mapping[str, Any]) -> str:
        return _REDEEMED.format(
            value=value,
            joined=_REWARD if "reward" in given else "",
            narrowed=" AND r.redeemed_at >= %(since)s" if "days" in given else "",
        )

    return made


def _add_simple(key: str, kind: Kind, words: tuple[str, str], source: str) -> None:
    said = {"nl": words[0], "en": words[1]}
    counts = kind is Kind.NUMBER
    add_attribute(Attribute(key=key, kind=kind, words=said, group=_GROUP, counts=counts), source)
