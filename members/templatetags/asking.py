"""The one question that the home page asks."""

from typing import Any

from django import template

from members.access import MemberRequest
from members.question_words import deal_of, skipped
from members.services.questions import next_question as asked

register = template.Library()


@register.inclusion_tag("portal/question_card.html", takes_context=True)
def next_question(context: template.Context) -> dict[str, Any]:
    """A card with the next question, or nothing. One query."""
    request: MemberRequest = context["request"]
    field = asked(request.membership, skipped=skipped(request))
    return {
        "field": field,
        "deal": deal_of(field) if field else None,
        "csrf_token": context.get("csrf_token"),
    }
