"""Questions to a member: one at a time, each with its deal; and all that was answered."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from loyalty.errors import DomainError
from loyalty.services.thanks import was_thanked
from loyalty.templatetags.figures import points as points_shown
from members.access import MemberRequest, require_member
from members.models import Membership, ProfileAnswer, ProfileField
from members.question_forms import AnswerForm
from members.question_words import SKIPPED, deal_of, skipped, told_answer, told_source, told_value
from members.services.answers import SOURCE, delete_answer, record_answer
from members.services.consents import may
from members.services.field_names import of_question
from members.services.field_use import NamedUse, uses_of
from members.services.questions import next_question


@require_http_methods(["GET", "HEAD"])
@require_member
def questions(request: MemberRequest) -> HttpResponse:
    """The next question, and everything that was answered, each with who uses it."""
    field = next_question(request.membership, skipped=skipped(request))
    return _page(request, field, AnswerForm(field) if field else None)


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def question(request: MemberRequest, key: str) -> HttpResponse:
    """Answer one question, or correct what was answered."""
    membership = request.membership
    field = get_object_or_404(_askable(membership), key=key)
    if request.method != "POST":
        known = ProfileAnswer.objects.filter(member=membership.member_id, field=field).first()
        return _page(request, field, AnswerForm(field, known=known))
    form = AnswerForm(field, request.POST)
    if not form.is_valid():
        return _page(request, field, form)
    before = _is_thanked(membership, field)
    try:
        record_answer(
            programme_id=membership.programme_id,
            member_id=membership.member_id,
            field=key,
            value=form.cleaned_data["value"],
            source=ProfileAnswer.Source.MEMBER,
            actor=f"member:{request.user.pk}",
            at=timezone.now(),
            channel="web",
        )
    except DomainError:
        form.add_error("value", gettext("This answer does not fit the question."))
        return _page(request, field, form)
    messages.success(request, _thanks(field, is_first=not before))
    return redirect("portal:questions")


@require_POST
@require_member
def put_off(request: MemberRequest, key: str) -> HttpResponse:
    """Not now: it is not asked again until the member signs in the next time."""
    field = get_object_or_404(_askable(request.membership), key=key)
    request.session[SKIPPED] = sorted({*skipped(request), field.pk})
    return redirect("portal:questions")


@require_POST
@require_member
def forget_answer(request: MemberRequest, key: str) -> HttpResponse:
    """Delete an answer; what it earned stays."""
    field = get_object_or_404(_askable(request.membership), key=key)
    delete_answer(
        programme_id=request.membership.programme_id,
        member_id=request.membership.member_id,
        field=field.key,
        actor=f"member:{request.user.pk}",
        at=timezone.now(),
    )
    messages.success(request, gettext("Your answer is deleted. You keep the points."))
    return redirect("portal:questions")


def _askable(membership: Membership) -> Any:
    known = ProfileField.objects.filter(programme=membership.programme_id)
    return known.exclude(state=ProfileField.State.DRAFT)


def _is_thanked(membership: Membership, field: ProfileField) -> bool:
    return was_thanked(source=SOURCE, key=f"{field.pk}:{membership.member_id}")


def _thanks(field: ProfileField, *, is_first: bool) -> str:
    if field.points and is_first:
        return gettext("Thank you: %(points)s for your answer.") % {
            "points": points_shown(field.points)
        }
    return gettext("Thank you, we have noted it.")


def _page(request: MemberRequest, field: ProfileField | None, form: Any) -> HttpResponse:
    membership = request.membership
    uses = uses_of(membership.programme_id)
    answers = (
        ProfileAnswer.objects.filter(
            member=membership.member_id, field__programme=membership.programme_id
        )
        .select_related("field")
        .order_by("field__place", "field__pk")
    )
    context = {
        "field": field,
        "deal": deal_of(field) if field else None,
        "form": form,
        "answers": [_answer(each, uses) for each in answers],
        "needs_consent": bool(
            field
            and field.purpose
            and not may(member_id=membership.member_id, purpose=field.purpose)
        ),
    }
    return render(request, "portal/questions.html", context)


def _answer(answer: ProfileAnswer, uses: dict[str, list[NamedUse]]) -> dict[str, Any]:
    conflict = answer.conflicting
    return {
        "answer": answer,
        "deal": deal_of(answer.field),
        "value": told_answer(answer),
        "source": told_source(answer.source),
        "conflict": {
            "value": told_value(answer.field, conflict["value"]),
            "source": told_source(conflict["source"]),
        }
        if conflict
        else None,
        "uses": uses.get(of_question(answer.field.key), []),
    }
