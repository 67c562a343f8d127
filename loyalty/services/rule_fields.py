"""What the live rules look at, for whoever has to account for what they know."""

from collections.abc import Iterable

from loyalty.earning.conditions import ActivityAttribute, field_of
from loyalty.services.rulebook import Rulebook

_OF_MEMBERS = "member."


def member_fields(book: Rulebook) -> Iterable[tuple[str, str]]:
    """What each live rule wants to know of a member: the rule's key and the field, "member.tier"."""
    for rule in book.rules:
        for condition in rule.document.conditions:
            if (field := field_of(condition)).startswith(_OF_MEMBERS):
                yield rule.key, field


def attribute_keys(book: Rulebook, *, trigger: str, name: str) -> Iterable[tuple[str, str]]:
    """The keys that rules for activities of this type ask of an attribute; with the rule's key."""
    for rule in book.rules:
        for condition in rule.document.conditions:
            if (
                rule.document.trigger == trigger
                and isinstance(condition, ActivityAttribute)
                and condition.name == name
                and isinstance(condition.value, tuple)
            ):
                for key in condition.value:
                    yield rule.key, str(key)
