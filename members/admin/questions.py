"""Questions to members: written, shown as members see them, asked, stopped."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.templatetags.figures import number
from members.admin.question_form import QuestionForm
from members.models import ProfileField
from members.question_forms import AnswerForm
from members.question_words import deal_of
from members.services.field_names import of_question
from members.services.questions import (
    Question,
    ask_question,
    free_key,
    save_question,
    stop_question,
)

State = ProfileField.State
_ASKED = ("label_nl", "label_en", "kind", "choices_said")
_DEAL = ("why_nl", "why_en", "benefit_nl", "benefit_en", "points", "keep_days", "purpose")


@admin.register(ProfileField)
class QuestionAdmin(ConsoleAdmin):
    """Each with its deal, and how many answered."""

    list_title = gettext_lazy("Questions to members")
    intro = gettext_lazy(
        "What you ask of members, one question at a time, each with why, what they get for it and"
        " how long you keep it. What nothing uses you had better not ask."
    )
    empty = gettext_lazy("Write a question, look at it as a member does, then ask it.")
    form = QuestionForm
    programme_path = "programme"
    list_display = ["called", "how_it_stands", "kind_of", "thanks", "answered"]
    ordering = ["place", "pk"]
    readonly_fields = ["preview"]
    actions_detail = ["ask_it", "stop_it", "delete_it"]

    def get_fieldsets(self, request: HttpRequest, obj: ProfileField | None = None) -> Any:
        when = (gettext_lazy("When it is asked"), {"fields": ["ask_after", "place"]})
        fieldsets = [
            (None, {"fields": _ASKED}),
            (gettext_lazy("The deal"), {"fields": _DEAL}),
            when,
        ]
        as_seen = (gettext_lazy("As members see it"), {"fields": ["preview"]})
        return [as_seen, *fieldsets] if obj else fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProfileField]:
        fields: QuerySet[ProfileField] = super().get_queryset(request)
        return fields.annotate(answer_count=Count("answers"))

    @display(description=gettext_lazy("Question"))
    def called(self, field: ProfileField) -> str:
        return str(field)

    @display(
        description=gettext_lazy("State"),
        label={State.LIVE: "success", State.DRAFT: "info", State.STOPPED: "warning"},
    )
    def how_it_stands(self, field: ProfileField) -> tuple[str, str]:
        return field.state, field.get_state_display()

    @display(description=gettext_lazy("Kind of answer"))
    def kind_of(self, field: ProfileField) -> str:
        return field.get_kind_display()

    @display(description=gettext_lazy("Points as thanks"))
    def thanks(self, field: ProfileField) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(field.points))

    @display(description=gettext_lazy("Answers"))
    def answered(self, field: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(field.answer_count))

    @display(description="")
    def preview(self, field: ProfileField) -> SafeString:
        """The question in both languages, with its deal; nothing in it can be sent."""
        shown = []
        for language in ("nl", "en"):
            with translation.override(language):
                context = {"deal": deal_of(field), "form": AnswerForm(field), "language": language}
                shown.append(render_to_string("admin/members/question_preview.html", context))
        return mark_safe("".join(shown))  # noqa: S308 - two of our own templates

    # --- What is done --------------------------------------------------------------------------

    def save_model(
        self, request: HttpRequest, obj: ProfileField, form: QuestionForm, change: bool
    ) -> None:
        programme_id = obj.programme_id if change else self.programme(request).pk
        said = dict(form.cleaned_data)
        choices = said.pop("choices_said")
        key = obj.key or free_key(programme_id, said["label_en"])
        field = save_question(
            programme_id=programme_id,
            question=Question(key=key, choices=choices, **said),
            actor=actor_of(request),
            at=timezone.now(),
        )
        obj.pk, obj.key, obj.programme_id = field.pk, field.key, field.programme_id

    def said(self, obj: Any) -> str:
        return _("Saved. Look at it below as a member does.")

    @action(
        description=gettext_lazy("Ask it"),
        permissions=["ask_it"],
        icon="play_arrow",
        url_path="ask",
    )
    def ask_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        field = self.visible(request, object_id)

        def deed() -> str:
            ask_question(field_id=field.pk, actor=actor_of(request), at=timezone.now())
            return _("Members are asked this from now on.")

        return self.ask(
            request,
            field,
            title=str(field),
            sentences=[
                _("Members see this question at home and under “Me”, one question at a time."),
                _("Whoever answers gets %s points, once.") % field.points,
            ],
            button=_("Ask it"),
            deed=deed,
        )

    @action(
        description=gettext_lazy("Stop asking"),
        permissions=["stop_it"],
        icon="stop",
        url_path="stop",
    )
    def stop_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        field = self.visible(request, object_id)

        def deed() -> str:
            stop_question(field_id=field.pk, actor=actor_of(request), at=timezone.now())
            return _("Members are not asked this any more.")

        return self.ask(
            request,
            field,
            title=str(field),
            sentences=[_("What was answered stays until its time is over.")],
            button=_("Stop asking"),
            deed=deed,
        )

    @action(
        description=gettext_lazy("Stop asking and delete"),
        permissions=["delete_it"],
        icon="delete",
        url_path="forget",
    )
    def delete_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that asks for the reason, and says how many answers go."""
        field = self.visible(request, object_id)
        return redirect(reverse("admin:members_fielduse_forget", args=[of_question(field.key)]))

    def has_ask_it_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_change(request, object_id, {State.DRAFT, State.STOPPED})

    def has_stop_it_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_change(request, object_id, {State.LIVE})

    def has_delete_it_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_change(request, object_id, {State.LIVE, State.STOPPED})

    def _may_change(self, request: HttpRequest, object_id: Any, states: set[State]) -> bool:
        """Whether the colleague may, and the question is in one of these states."""
        known = ProfileField.objects.filter(pk=object_id, state__in=states)
        return bool(self.has_change_permission(request)) and known.exists()
