"""The live rules with or without one of them, to try what it would give."""

from dataclasses import replace

from loyalty.earning.ruleset import parse_rule_set
from loyalty.errors import NotFound
from loyalty.models import EarningRule
from loyalty.services.back_tests import draft_with
from loyalty.services.rule_sets import document_of
from loyalty.services.rulebook import Rulebook


def book_with(*, book: Rulebook, rule_id: int) -> Rulebook:
    """The book as it would be if the rule's latest version were live. Raises NotFound."""
    document = draft_with(programme_id=book.programme_id, rule_ids=[rule_id])
    return replace(book, rule_set=parse_rule_set(document))


def book_without(*, book: Rulebook, rule_id: int) -> Rulebook:
    """The book as it would be if the rule were not live. Raises NotFound."""
    rule = EarningRule.objects.filter(programme_id=book.programme_id, pk=rule_id).first()
    if rule is None:
        raise NotFound("There is no such rule.")
    document = document_of(book.programme_id)
    others = [each for each in document["rules"] if each["key"] != rule.key]
    return replace(book, rule_set=parse_rule_set({**document, "rules": others}))
