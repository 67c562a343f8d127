"""What an activity is worth by now: each time it was judged again, because of what, and why."""

from typing import Any

import msgspec
from django.utils.translation import get_language

from loyalty.services.earning import explained
from loyalty.services.rulebook import current_rulebook
from members.admin.words import ACTIVITIES, word
from members.models import Activity, ActivityRevision
from members.types import RevisedAward


def revisions_of(activity: Activity) -> list[dict[str, Any]]:
    """The revisions in order: points, when, the activity that caused it, the reasons in words."""
    rows = list(ActivityRevision.objects.filter(activity=activity).order_by("number"))
    if not rows:
        return []
    causes = Activity.objects.in_bulk({row.cause for row in rows})
    book = current_rulebook(programme_id=activity.programme_id)
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    told = []
    for row in rows:
        award = msgspec.convert(row.award, RevisedAward)
        cause = causes.get(row.cause)
        told.append(
            {
                "revision": row,
                "cause": cause,
                "cause_word": word(ACTIVITIES, cause.type) if cause else "",
                "reasons": [
                    {"reason": reason, "text": explained(book, reason)[language]}
                    for reason in award.reasons
                ],
            }
        )
    return told


def proofs(ids: set[str]) -> dict[str, str]:
    """The receipts or orders behind activities' ids, as the till or webshop numbered them."""
    rows = Activity.objects.filter(pk__in=ids).values_list("pk", "source", "external_id")
    return {str(pk): f"{source} {external_id}" for pk, source, external_id in rows}
