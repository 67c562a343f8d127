"""Earning rules: made in fields, read back as sentences, published and stopped."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.views import ChangeList

from loyalty.admin.pages import actor_of
from loyalty.admin.rule_check import findings_told
from loyalty.admin.rule_page import RulePage
from loyalty.admin.rule_wording import (
    COLOURS,
    STATES,
    State,
    compared,
    history,
    said_by,
    sentence,
    versions_of,
)
from loyalty.errors import RuleInvalid
from loyalty.forms import free_key
from loyalty.models import Category, EarningRule, EarningRuleVersion
from loyalty.services.rules import copy_rule, publish_rule, rule_of, stop_rule


class RuleList(ChangeList):  # type: ignore[misc]
    """The rules of a page with their sentences, made at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        labels = Category.objects.labels()
        language = get_language() or "nl"
        for rule in self.result_list:
            versions = list(rule.versions.all())
            rule.says = sentence(versions[-1], language, labels) if versions else ""
            rule.has_change_waiting = (
                rule.state == State.LIVE and bool(versions) and not versions[-1].published_at
            )


class StateFilter(admin.SimpleListFilter):
    """By state, in words."""

    title = gettext_lazy("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(state.value, words) for state, words in STATES.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[EarningRule]
    ) -> QuerySet[EarningRule]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(EarningRule)
class EarningRuleAdmin(RulePage):
    """What earns points."""

    intro = gettext_lazy("What members earn points for. A rule counts while it is live.")
    empty = gettext_lazy(
        "Your rules will stand here. Begin with the basis: one point for every euro of a purchase."
    )
    programme_path = "programme"
    list_display = ["name", "says", "state_label"]
    list_display_links = ["name"]
    list_filter = [StateFilter]
    search_fields = ["name_nl", "name_en"]
    ordering = ["state", "name_nl"]
    actions_detail = ["publish", "stop", "copy"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EarningRule]:
        versions = EarningRuleVersion.objects.select_related("rule__programme").order_by("number")
        rules: QuerySet[EarningRule] = super().get_queryset(request)
        return rules.select_related("programme").prefetch_related(Prefetch("versions", versions))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RuleList

    @display(description=gettext_lazy("Rule"), ordering="name_nl")
    def name(self, rule: EarningRule) -> str:
        return rule.name_nl if get_language() == "nl" else rule.name_en

    @display(description=gettext_lazy("What it says"))
    def says(self, rule: Any) -> str:
        waiting = _("A change is waiting to be published.") if rule.has_change_waiting else ""
        return f"{rule.says} {waiting}".strip()

    @display(description=gettext_lazy("State"), ordering="state", label=COLOURS)
    def state_label(self, rule: EarningRule) -> tuple[str, Any]:
        return rule.state, STATES[State(rule.state)]

    # --- Publishing and stopping ---------------------------------------------------------------

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Publish what can be published, stop what is live."""
        rule = self.get_object(request, str(object_id))
        if rule is None:
            return []
        versions = list(rule.versions.all())
        offered = {
            "publish": rule.state != State.LIVE or not versions[-1].published_at,
            "stop": rule.state == State.LIVE,
            "copy": True,
        }
        actions = super().get_actions_detail(request, object_id)
        return [a for a in actions if offered[a.method.original_function_name]]

    @action(
        description=gettext_lazy("Publish"),
        permissions=["change"],
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = self.visible(request, object_id)

        def deed() -> str:
            publish_rule(rule_id=rule.pk, actor=actor_of(request), at=timezone.now())
            return _("Live from now on: %s") % said_by(rule, get_language() or "nl")

        return self.ask(
            request,
            rule,
            title=_("Publish “%s”?") % self.name(rule),
            sentences=[
                said_by(rule, get_language() or "nl"),
                _("From that moment purchases earn by it, in every shop and in the webshop."),
            ],
            button=_("Publish"),
            deed=deed,
            findings=self._findings(rule) if request.method != "POST" else (),
        )

    def _findings(self, rule: EarningRule) -> list[dict[str, str]]:
        version = versions_of(rule).last()
        try:
            parsed = rule_of(version) if version else None
        except RuleInvalid:
            return []
        return findings_told(parsed, rule.programme, at=timezone.now()) if parsed else []

    def has_copy_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may make a rule may make one out of another."""
        return bool(self.has_add_permission(request))

    @action(description=gettext_lazy("Copy"), permissions=["copy"], icon="content_copy")
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = self.visible(request, object_id)

        def deed() -> str:
            names = {
                "name_nl": _copied(rule.name_nl, "kopie"),
                "name_en": _copied(rule.name_en, "copy"),
            }
            made = copy_rule(
                rule_id=rule.pk,
                key=free_key(names["name_en"], rule.programme_id),
                actor=actor_of(request),
                at=timezone.now(),
                **names,
            )
            rule.pk = made.pk  # the page to go on to
            return str(_("Copied: this is “%s”, a draft.") % made)

        return self.ask(
            request,
            rule,
            title=_("Copy “%s”?") % self.name(rule),
            sentences=[_("The copy is a draft that says the same; change it as you like.")],
            button=_("Copy"),
            deed=deed,
        )

    @action(
        description=gettext_lazy("Stop"),
        permissions=["change"],
        icon="stop",
        variant=ActionVariant.DANGER,
    )
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = self.visible(request, object_id)

        def deed() -> str:
            stop_rule(rule_id=rule.pk, actor=actor_of(request), at=timezone.now())
            return str(_("Stopped: “%s” gives no points any more.") % self.name(rule))

        return self.ask(
            request,
            rule,
            title=_("Stop “%s”?") % self.name(rule),
            sentences=[
                said_by(rule, get_language() or "nl"),
                _("It gives no points any more. What members have earned by it stays theirs."),
            ],
            button=_("Stop"),
            deed=deed,
            danger=True,
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every version in words, the newest first."""
        rule = self.visible(request, object_id)
        context = {**self.frame(request, rule), "tab": "versions", "versions": history(rule)}
        asked = request.GET
        context |= compared(rule, asked.get("earlier", ""), asked.get("later", ""))
        return TemplateResponse(request, "admin/loyalty/rule_history.html", context)


def _copied(name: str, word: str) -> str:
    """The name with a word behind it, cut where a name may not be longer."""
    return f"{name[: 100 - len(word) - 3]} ({word})"
