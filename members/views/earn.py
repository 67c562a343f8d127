"""How points are earned: every rule as a sentence, by the occasion that it looks at."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.http import require_safe

from loyalty.selectors import RuleSentence, rule_sentences
from members.access import MemberRequest, require_member

OCCASIONS: dict[str, Any] = {
    "purchase": gettext_lazy("When you buy something"),
    "review": gettext_lazy("When you write a review"),
    "survey": gettext_lazy("When you answer questions"),
    "referral": gettext_lazy("When you bring a friend"),
    "share": gettext_lazy("When you share something"),
    "check_in": gettext_lazy("When you check in"),
    "visit": gettext_lazy("When you drop by"),
}


@require_safe
@require_member
def earn(request: MemberRequest) -> HttpResponse:
    """The rules in force, those of purchases first."""
    language = "en" if get_language() == "en" else "nl"
    rules = rule_sentences(request.membership.programme_id, language, timezone.now())
    context = {"occasions": _by_occasion(rules), "today": timezone.localdate()}
    return render(request, "portal/earn.html", context)


def _by_occasion(rules: list[RuleSentence]) -> list[tuple[str, list[dict[str, Any]]]]:
    places = list(OCCASIONS)
    found: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        found.setdefault(rule.trigger, []).append(_told(rule))
    ordered = sorted(found, key=lambda one: places.index(one) if one in places else len(places))
    return [(str(OCCASIONS.get(one, gettext("For other things"))), found[one]) for one in ordered]


def _told(rule: RuleSentence) -> dict[str, Any]:
    sentence = rule.sentence[:1].upper() + rule.sentence[1:]
    return {"name": rule.name, "sentence": sentence, "ends_at": rule.ends_at}
