"""Attributes about what a member holds: points, what lapses, tier."""

from collections.abc import Mapping
from typing import Any

from members.segments.catalogue import Attribute, Kind
from members.services.segments.sources import Source, add_attribute

_GROUP = {"nl": "Punten en niveau", "en": "Points and tier"}
# The unit as a value, not joined: else the plan expects a handful of accounts, and looks each up.
_UNIT = """
    JOIN loyalty_account b ON b.kind = 'MEMBER' AND b.holder = w.holder AND b.unit_id = (
        SELECT u.id FROM loyalty_unit u WHERE u.programme_id = %(programme)s AND u.code = {unit})
"""
_LOTS = """
    SELECT w.id, sum(l.remaining) FROM who w {unit}
    JOIN loyalty_lot l ON l.account_id = b.id AND l.remaining > 0
    WHERE {when} GROUP BY w.id
"""
_PENDING = "l.available_from IS NULL OR l.available_from > %(at)s"
_EXPIRING = """
    CASE WHEN l.is_sliding THEN b.lapses_at ELSE l.expires_at END > %(at)s
    AND CASE WHEN l.is_sliding THEN b.lapses_at ELSE l.expires_at END <= %(until)s
"""
_EARNED = """
    SELECT w.id, sum(t.points) FROM who w {unit}
    JOIN loyalty_transfer t ON t.credit_account_id = b.id AND t.kind = 'EARN'
    WHERE t.effective_at <= %(at)s GROUP BY w.id
"""
_TIER = """
    SELECT w.id, {value} FROM who w {unit}
    JOIN LATERAL (
        SELECT DISTINCT ON (t.tier_set_id) t.after, t.effective_at FROM loyalty_tiermove t
        JOIN loyalty_tierset s ON s.id = t.tier_set_id AND s.is_live
        WHERE t.account_id = b.id AND t.effective_at <= %(at)s
        ORDER BY t.tier_set_id, t.effective_at DESC, t.id DESC
    ) l ON l.after <> '' GROUP BY w.id
"""


def register() -> None:
    """Add them to the catalogue."""
    _counted(
        "points.balance", ("punten", "points"), _of_unit("SELECT w.id, b.balance FROM who w {unit}")
    )
    _counted("points.pending", ("punten onderweg", "pending points"), _lots(_PENDING))
    _counted(
        "points.expiring",
        ("punten die vervallen", "points about to lapse"),
        _lots(_EXPIRING),
        needs=("days",),
    )
    _counted("points.earned", ("ooit gespaard", "earned in all"), _of_unit(_EARNED))
    for key, kind, value, words in (
        ("tier", Kind.CHOICES, "array_agg(l.after::text)", ("niveau", "tier")),
        ("tier.since", Kind.MOMENT, "max(l.effective_at)", ("niveau sinds", "has the tier since")),
    ):
        add_attribute(
            Attribute(key=key, kind=kind, words={"nl": words[0], "en": words[1]}, group=_GROUP),
            _TIER.format(value=value, unit=_UNIT.format(unit="'points'")),
        )


def _of_unit(text: str, **more: str) -> Source:
    def made(given: Mapping[str, Any]) -> str:
        unit = _UNIT.format(unit="(%(unit)s::text[])[1]" if "unit" in given else "'points'")
        return text.format(unit=unit, **more)

    return made


def _lots(when: str) -> Source:
    return _of_unit(_LOTS, when=when)


def _counted(
    key: str, words: tuple[str, str], source: Source, *, needs: tuple[str, ...] = ()
) -> None:
    add_attribute(
        Attribute(
            key=key,
            kind=Kind.NUMBER,
            words={"nl": words[0], "en": words[1]},
            group=_GROUP,
            parameters=("unit", *needs),
            needs=needs,
            counts=True,
        ),
        source,
    )
