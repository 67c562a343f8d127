"""What is known of a few members, and whether they are in a segment by it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from loyalty.models import Programme
from members.models import Membership
from members.segments.document import Question, Tree, questions
from members.segments.matching import Facts, Match, matches
from members.services.segments.compiling import compile_questions


def facts_of(
    membership_ids: Sequence[int], asked: Sequence[Question], at: datetime
) -> dict[int, Facts]:
    """The answers of these members of one programme, by membership; who was erased is left out."""
    first = Membership.objects.filter(pk__in=membership_ids).values_list("programme_id", flat=True)
    if (programme_id := first.first()) is None:
        return {}
    zone = ZoneInfo(Programme.objects.values_list("time_zone", flat=True).get(pk=programme_id))
    statement, params = compile_questions(asked, programme_id, at, membership_ids)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = cursor.fetchall()
    return {
        row[0]: Facts(dict(zip(asked, map(_plain, row[1:]), strict=True)), zone) for row in rows
    }


def match_members(tree: Tree, membership_ids: Sequence[int], at: datetime) -> dict[int, Match]:
    """Whether each of them is in it now, with what every condition found."""
    known = facts_of(membership_ids, questions(tree), at)
    return {pk: matches(tree, facts, at=at) for pk, facts in known.items()}


def _plain(value: Any) -> Any:
    is_count = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(value) if is_count else value
