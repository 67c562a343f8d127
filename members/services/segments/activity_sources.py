"""Attributes about what a member did: purchases, by what was in them, and other activities."""

from collections.abc import Mapping
from typing import Any

from members.segments.catalogue import Attribute, Kind
from members.services.segments.sources import Source, add_attribute

_GROUP = {"nl": "Wat ze kochten", "en": "What they bought"}
_DID = {"nl": "Wat ze deden", "en": "What they did"}
_OF_LINES = ("product", "category", "brand")
_NARROWING = ("days", *_OF_LINES, "location", "channel")
_PURCHASES = """
    SELECT a.membership_id, {value} FROM members_activity a{lines}
    WHERE a.programme_id = %(programme)s AND a.type = {type} AND a.occurred_at <= %(at)s
      AND a.membership_id IN (SELECT w.id FROM who w){narrowed}
    GROUP BY a.membership_id
"""
_LAST, _FIRST = "max(a.occurred_at)", "min(a.occurred_at)"
_LINES = " JOIN members_activityline l ON l.activity_id = a.id AND l.kind = 'GOODS'"
_LAST_BASKET = """
    SELECT w.id, array_agg(DISTINCT l.{column}::text) FROM who w
    JOIN LATERAL (
        SELECT a.id FROM members_activity a
        WHERE a.membership_id = w.id AND a.type = 'purchase' AND a.occurred_at <= %(at)s
        ORDER BY a.occurred_at DESC, a.id DESC LIMIT 1
    ) p ON true
    JOIN members_activityline l ON l.activity_id = p.id AND l.{column} <> '' AND l.kind = 'GOODS'
    GROUP BY w.id
"""


def register() -> None:
    """Add them to the catalogue."""
    _register_purchases()
    for column, words in (
        ("category", ("laatste mandje had (categorie)", "last basket had (category)")),
        ("brand", ("laatste mandje had (merk)", "last basket had (brand)")),
        ("product", ("laatste mandje had (product)", "last basket had (product)")),
    ):
        _add(f"basket.{column}", Kind.CHOICES, words, _LAST_BASKET.format(column=column))
    narrowing = ("type", "days", "location", "channel")
    for key, kind, value, told in (
        ("count", Kind.NUMBER, "count(*)", ("aantal activiteiten", "activities")),
        ("last", Kind.MOMENT, _LAST, ("laatste activiteit", "last activity")),
    ):
        _add(
            f"activities.{key}",
            kind,
            told,
            _activities(value),
            group=_DID,
            parameters=narrowing,
            counts=key == "count",
        )


def _register_purchases() -> None:
    average = "round(sum(l.amount) / count(DISTINCT a.id), 2)"
    for key, kind, of_all, of_lines, words in (
        (
            "count",
            Kind.NUMBER,
            "count(*)",
            "count(DISTINCT a.id)",
            ("aantal aankopen", "purchases"),
        ),
        (
            "amount",
            Kind.MONEY,
            "sum(a.amount)",
            "sum(l.amount)",
            ("bedrag aan aankopen", "amount of purchases"),
        ),
        (
            "average",
            Kind.MONEY,
            "round(avg(a.amount), 2)",
            average,
            ("gemiddelde aankoop", "average purchase"),
        ),
        ("last", Kind.MOMENT, _LAST, _LAST, ("laatste aankoop", "last purchase")),
        ("first", Kind.MOMENT, _FIRST, _FIRST, ("eerste aankoop", "first purchase")),
    ):
        source = _purchases(of_all, of_lines)
        is_sum = key in {"count", "amount"}
        _add(f"purchases.{key}", kind, words, source, parameters=_NARROWING, counts=is_sum)


def _purchases(of_all: str, of_lines: str) -> Source:
    def made(given: Mapping[str, Any]) -> str:
        by_line = any(name in given for name in _OF_LINES)
        return _PURCHASES.format(
            value=of_lines if by_line else of_all,
            lines=_LINES if by_line else "",
            type="'purchase'",
            narrowed=_narrowed(given),
        )

    return made


def _activities(value: str) -> Source:
    def made(given: Mapping[str, Any]) -> str:
        kind = "ANY(%(type)s)" if "type" in given else "a.type"
        return _PURCHASES.format(value=value, lines="", type=kind, narrowed=_narrowed(given))

    return made


def _narrowed(given: Mapping[str, Any]) -> str:
    parts = [f" AND l.{name} = ANY(%({name})s)" for name in _OF_LINES if name in given]
    parts += [f" AND a.{n} = ANY(%({n})s)" for n in ("location", "channel") if n in given]
    return "".join([*parts, " AND a.occurred_at >= %(since)s" if "days" in given else ""])


def _add(
    key: str,
    kind: Kind,
    words: tuple[str, str],
    source: Source,
    *,
    group: dict[str, str] = _GROUP,
    parameters: tuple[str, ...] = (),
    counts: bool = False,
) -> None:
    attribute = Attribute(
        key=key,
        kind=kind,
        words={"nl": words[0], "en": words[1]},
        group=group,
        parameters=parameters,
        needs=("type",) if "type" in parameters else (),
        counts=counts,
    )
    add_attribute(attribute, source)
