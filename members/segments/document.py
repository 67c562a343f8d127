"""The conditions of a segment: read from JSON, checked whole, so that nothing stored is nonsense."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct

from members.segments.catalogue import COUNTED, Attribute, Kind, attribute_of
from members.segments.errors import SegmentUnknown
from members.segments.values import MOST_DAYS, read_value

DEEPEST, MOST = 5, 50
LONGEST = 200
MOST_KEYS = 200
_SAME = {"in": "one_of"}

Parameter = int | tuple[str, ...]
Value = Decimal | int | str | bool | date | tuple[Any, ...] | None


class Question(Struct, frozen=True):
    """An attribute and what narrows it: what has one value for each member."""

    attribute: str
    parameters: tuple[tuple[str, Parameter], ...] = ()


class Where(Struct, frozen=True, tag="where"):
    """One condition: a question, how its answer is compared, and with what."""

    question: Question
    kind: Kind
    operator: str
    value: Value


class All(Struct, frozen=True, tag="all"):
    """Every part holds."""

    parts: tuple["Tree", ...]


class Any_(Struct, frozen=True, tag="any"):  # noqa: N801  `Any` is of typing
    """One of the parts holds, or more."""

    parts: tuple["Tree", ...]


class Except(Struct, frozen=True, tag="except"):
    """The first holds, and the second does not."""

    of: "Tree"
    without: "Tree"


Tree = All | Any_ | Except | Where


def read_document(document: Any) -> Tree:
    """The tree that the JSON describes. Raises SegmentUnknown, `field` the path: "all.0.value"."""
    tree = _read(document, "", 0)
    if sum(1 for _each in leaves(tree)) > MOST:
        raise SegmentUnknown(f"A segment has at most {MOST} conditions.")
    return tree


def leaves(tree: Tree) -> Iterator[Where]:
    """The conditions, in the order in which they were written."""
    if isinstance(tree, Where):
        yield tree
    else:
        parts = (tree.of, tree.without) if isinstance(tree, Except) else tree.parts
        for part in parts:
            yield from leaves(part)


def questions(tree: Tree) -> list[Question]:
    """What has to be known of a member, each once."""
    return list(dict.fromkeys(leaf.question for leaf in leaves(tree)))


def _read(part: Any, path: str, depth: int) -> Tree:
    if not isinstance(part, Mapping):
        raise SegmentUnknown("A part of a segment is an object.", field=path)
    if "attribute" in part:
        return _where(part, path)
    if depth >= DEEPEST:
        raise SegmentUnknown(f"Groups go at most {DEEPEST} deep.", field=path)
    if len(part) != 1 or not {"all", "any", "except"} & part.keys():
        raise SegmentUnknown("A group is all, any or except.", field=path)
    [(name, inside)] = part.items()
    at = _under(path, name)
    if name == "except":
        return _except(inside, at, depth + 1)
    if not isinstance(inside, list) or not inside:
        raise SegmentUnknown("A group has at least one part.", field=at)
    if len(inside) > MOST:
        raise SegmentUnknown(f"A segment has at most {MOST} conditions.", field=at)
    parts = tuple(_read(each, f"{at}.{n}", depth + 1) for n, each in enumerate(inside))
    return All(parts) if name == "all" else Any_(parts)


def _except(inside: Any, path: str, depth: int) -> Except:
    if not isinstance(inside, Mapping) or inside.keys() != {"of", "without"}:
        raise SegmentUnknown("An exception has 'of' and 'without'.", field=path)
    return Except(
        _read(inside["of"], f"{path}.of", depth),
        _read(inside["without"], f"{path}.without", depth),
    )


def _where(part: Mapping[str, Any], path: str) -> Where:
    if unknown := part.keys() - {"attribute", "with", "is", "value"}:
        raise SegmentUnknown(f"Unknown: {min(unknown)}", field=path)
    attribute = attribute_of(str(part["attribute"]), field=_under(path, "attribute"))
    said = str(part.get("is", ""))
    operator = _SAME.get(said, said)
    if operator not in attribute.operators:
        raise SegmentUnknown(f"It cannot be compared by '{said}'.", field=_under(path, "is"))
    value = read_value(attribute.kind, operator, part.get("value"), _under(path, "value"))
    given = _parameters(attribute, part.get("with", {}), _under(path, "with"))
    return Where(Question(attribute.key, given), attribute.kind, operator, value)


def _parameters(attribute: Attribute, said: Any, path: str) -> tuple[tuple[str, Parameter], ...]:
    if not isinstance(said, Mapping):
        raise SegmentUnknown("What narrows it is an object.", field=path)
    if unknown := said.keys() - set(attribute.parameters):
        raise SegmentUnknown(f"It is not narrowed by '{min(unknown)}'.", field=path)
    if missing := [each for each in attribute.needs if each not in said]:
        raise SegmentUnknown(f"Say which: {missing[0]}.", field=_under(path, missing[0]))
    return tuple((name, _parameter(name, said[name], _under(path, name))) for name in sorted(said))


def _parameter(name: str, value: Any, path: str) -> Parameter:
    if name in COUNTED:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_DAYS:
            raise SegmentUnknown("A number of days is 1 to 36,500.", field=path)
        return value
    keys = value if isinstance(value, list) else [value]
    if not 0 < len(keys) <= MOST_KEYS or not all(_is_key(key) for key in keys):
        raise SegmentUnknown("Say which.", field=path)
    return tuple(sorted(set(keys)))


def _is_key(key: Any) -> bool:
    return isinstance(key, str) and 0 < len(key) <= LONGEST and "\0" not in key


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
