"""Conditions as expressions in CEL, for what the form cannot say.

An expression sees four things and nothing else:

    activity  type, channel, location, amount, attributes (a map of texts), nth (a map: which
              activity of each type this is)
    lines     a list of product, category, brand, kind, amount, quantity
    member    tiers (a map by tier set), segments (a list), days (a member; -1 unknown), variants
    now       year, month, day, weekday (1 is Monday), hour, minute, in the programme's zone

Amounts and quantities are doubles. CEL has no limit of cost of its own, so: at most 500 characters,
no comprehension inside another, a short list of functions, and no more than 1,000 lines. It is
compiled once and tried when the rule is parsed; what goes wrong afterwards counts as not met.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import cel

from loyalty.earning.scene import Scene
from loyalty.earning.situation import Check
from loyalty.errors import RuleInvalid
from loyalty.types import Activity, EarningBase, Line, MemberFacts, Rounding

_MOST_LINES = 1000
_VARIABLES = frozenset({"activity", "lines", "member", "now"})
_FUNCTIONS = frozenset(
    [
        "_&&_",
        "_||_",
        "!_",
        "_?_:_",
        "_==_",
        "_!=_",
        "_<_",
        "_<=_",
        "_>_",
        "_>=_",
        "@in",
        "_[_]",
        "_+_",
        "_-_",
        "_*_",
        "_/_",
        "_%_",
        "-_",
        "@not_strictly_false",
        "size",
        "contains",
        "startsWith",
        "endsWith",
        "int",
        "double",
        "string",
    ]
)
_FAILURES = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
_TEXT = re.compile(r"""[rR]?("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""")
_OPENS_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|filter|map)\s*\($")
_BOUND = re.compile(_OPENS_MACRO.pattern[:-1] + r"\s*(\w+)\s*,")
_WORD = re.compile(r"\w+")


def compile_expression(expression: str) -> Check:
    """The expression as a question. Raises RuleInvalid when it may not or cannot be asked."""
    bare = _bare(expression)
    _check_depth(bare)
    try:
        program = cel.compile(expression)
    except ValueError as broken:
        sentence = str(broken).splitlines()[0]
        raise RuleInvalid(f"The expression cannot be read: {sentence}") from broken
    _check_names(program, frozenset(_BOUND.findall(bare)))
    _try(program, expression)

    def holds(scene: Scene) -> bool:
        if len(scene.basket.lines) > _MOST_LINES:
            return False
        try:
            return program.execute(_seen(scene)) is True
        except _FAILURES:
            return False

    return holds


def _bare(expression: str) -> str:
    """The expression without its texts, so that brackets and dots are those of the language."""
    bare = _TEXT.sub("''", expression)
    if '"' in bare or "`" in bare or "//" in bare or "'''" in bare:
        raise RuleInvalid("Texts stand between plain quotes; comments have no place here.")
    return bare


def _check_depth(bare: str) -> None:
    """Refuse a comprehension inside another's brackets: each level multiplies the cost."""
    opened: list[bool] = []
    for place, letter in enumerate(bare):
        if letter in "([{":
            is_macro = letter == "(" and bool(_OPENS_MACRO.search(bare[: place + 1]))
            if is_macro and any(opened):
                raise RuleInvalid("A list may not be gone through inside another.")
            opened.append(is_macro)
        elif letter in ")]}" and opened:
            opened.pop()


def _check_names(program: Any, bound: frozenset[str]) -> None:
    if unknown := set(program.variables()) - _VARIABLES - bound:
        known = ", ".join(sorted(_VARIABLES))
        raise RuleInvalid(f"Unknown name '{min(unknown)}'; known here: {known}.")
    if unknown := set(program.functions()) - _FUNCTIONS:
        known = ", ".join(sorted(name for name in _FUNCTIONS if name.isalpha()))
        raise RuleInvalid(f"Unknown function '{min(unknown)}'; known here: {known}.")


def _try(program: Any, expression: str) -> None:
    """Ask it of a sample in which every name and text of the expression has a value."""
    words = set(_WORD.findall(expression)) | {
        text[1:-1] for text in _TEXT.findall(expression) if len(text) > 1
    }
    seen = _seen(_SAMPLE)
    seen["activity"]["attributes"] = dict.fromkeys(words, "1")
    seen["activity"]["nth"] = dict.fromkeys(words, 1)
    seen["member"]["tiers"] = dict.fromkeys(words, "gold")
    seen["member"]["variants"] = dict.fromkeys(words, "A")
    try:
        answer = program.execute(seen)
    except _FAILURES as broken:
        raise RuleInvalid(f"The expression fails on a sample: {broken}") from broken
    if not isinstance(answer, bool):
        raise RuleInvalid("The expression must come to true or false.")


def _seen(scene: Scene) -> dict[str, Any]:
    activity, facts, basket, local = scene.activity, scene.facts, scene.basket, scene.local
    days = scene.days_a_member()
    nth = dict(facts.counts)
    nth[activity.type] = scene.nth(activity.type)
    return {
        "activity": {
            "type": activity.type,
            "channel": activity.channel,
            "location": activity.location,
            "amount": basket.total / basket.scale,
            "attributes": activity.attributes,
            "nth": nth,
        },
        "lines": [
            {
                "product": line.product,
                "category": line.category,
                "brand": line.brand,
                "kind": str(line.kind),
                "amount": amount / basket.scale,
                "quantity": quantity / 1000,
            }
            for line, amount, quantity in zip(
                basket.lines, basket.amounts, scene.quantities, strict=True
            )
        ],
        "member": {
            "tiers": facts.tiers,
            "segments": sorted(facts.segments),
            "days": -1 if days is None else days,
            "variants": facts.variants,
        },
        "now": {
            "year": local.year,
            "month": local.month,
            "day": local.day,
            "weekday": local.isoweekday(),
            "hour": local.hour,
            "minute": local.minute,
        },
    }


_SAMPLE = Scene(
    Activity(
        type="purchase",
        occurred_at=datetime(2026, 6, 15, 12, tzinfo=UTC),
        channel="web",
        location="Utrecht",
        lines=(
            Line(product="4711", category="paint", brand="Histor", amount=Decimal("39.95")),
            Line(product="4712", category="tools", brand="Anza", amount=Decimal("12.50")),
        ),
    ),
    MemberFacts(joined_on=date(2025, 1, 31), segments=frozenset({"painters"})),
    rounding=Rounding.FLOOR,
    zone=UTC,
    base=EarningBase(),
)
