"""The page on which a rule is made: its form, and beside it what it says and what was found.

Every button posts the whole form to the page itself. A script sends the same and takes the part of
the answer that has changed; without one the browser shows the answer as it is.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.admin.rule_check import said_and_found
from loyalty.admin.rule_pages import pages_for
from loyalty.admin.rule_wording import said_by, standing, versions_of
from loyalty.earning.document import parse_rule
from loyalty.errors import DomainError, RuleInvalid
from loyalty.forms import RuleEditor, free_key
from loyalty.forms.rows import Part
from loyalty.forms.rules import in_version_two
from loyalty.models import EarningRule, EarningRuleVersion
from loyalty.services.rules import change_rule, draft_rule

SAVE = "save"
CHECK = "check"


class RulePage(ConsoleAdmin):
    """A rule in fields and rows. Who may only look sees its sentence."""

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._made(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        rule = self.visible(request, object_id)
        if request.method == "POST" and not self.has_change_permission(request, rule):
            raise PermissionDenied
        return self._made(request, rule)

    def _made(self, request: HttpRequest, rule: EarningRule | None) -> HttpResponse:
        version = versions_of(rule).last() if rule else None
        if request.method != "POST":
            editor = RuleEditor.of(version) if version else RuleEditor.new(self.programme(request))
            return self._drawn(request, rule, editor)
        blank = RuleEditor.of(version) if version else RuleEditor.new(self.programme(request))
        deed = request.POST.get("deed", SAVE)
        is_judged = deed in (SAVE, CHECK)
        editor = RuleEditor(request.POST.copy(), around=blank.around, is_judged=is_judged)
        if deed == SAVE and editor.is_valid:
            try:
                return self._saved(request, rule, version, editor)
            except DomainError as refusal:
                editor.problem = told(refusal)
        return self._drawn(request, rule, editor if is_judged else editor.done(deed), deed=deed)

    def _saved(
        self,
        request: HttpRequest,
        rule: EarningRule | None,
        version: EarningRuleVersion | None,
        editor: RuleEditor,
    ) -> HttpResponse:
        who: dict[str, Any] = {"actor": actor_of(request), "at": timezone.now()}
        said = editor.said
        if rule is None or version is None:
            programme = editor.around.programme
            key = free_key(said["name_en"], programme.pk)
            rule = draft_rule(programme_id=programme.pk, key=key, **said, **who)
        else:
            said["document"] = _as_it_was(version.document, said["document"])
            change_rule(rule_id=rule.pk, **said, **who)
        rule = EarningRule.objects.select_related("programme").get(pk=rule.pk)
        kept = said_by(rule, get_language() or "nl")
        if versions_of(rule).filter(published_at=None).exists():
            messages.success(request, _("Saved, not live yet: %s") % kept)
        else:
            messages.success(request, _("Saved: %s") % kept)
        return self.page_of(rule.pk)

    # --- Drawing -------------------------------------------------------------------------------

    def _drawn(
        self, request: HttpRequest, rule: EarningRule | None, editor: RuleEditor, deed: str = ""
    ) -> HttpResponse:
        context = {
            "editor": editor,
            "deed": deed,
            "may_change": self.has_change_permission(request, rule)
            if rule
            else self.has_add_permission(request),
            **said_and_found(editor, rule),
        }
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, "admin/loyalty/rule_form.html", context)
        context |= {**self.frame(request, rule), "tab": "rule"}
        if rule is not None:
            context |= standing(rule)
        return TemplateResponse(request, "admin/loyalty/rule.html", context)

    def frame(self, request: HttpRequest, rule: EarningRule | None) -> dict[str, Any]:
        """What every page about a rule has: its title, its tabs, its buttons."""
        context = {
            **self.admin_site.each_context(request),
            "title": str(rule) if rule else _("New earning rule"),
            "opts": self.model._meta,
            "original": rule,
            "has_add_permission": False,
        }
        if rule is None:
            return context
        deeds = self.get_actions_detail(request, rule.pk)
        context["actions_detail"] = self._get_actions_navigation(
            self.actions_detail, deeds, rule.pk
        )
        own = [
            ("rule", _("Rule"), reverse("admin:loyalty_earningrule_change", args=[rule.pk])),
            (
                "versions",
                _("Versions"),
                reverse("admin:loyalty_earningrule_history", args=[rule.pk]),
            ),
        ]
        more = [(page.key, page.title, page.address(rule)) for page in pages_for(request)]
        return {**context, "rule_tabs": [*own, *more]}


def _as_it_was(kept: Part, said: Part) -> Part:
    """The document that is kept already, when the form says the very same in other words."""
    try:
        same = _meaning(in_version_two(kept)) == _meaning(said)
    except RuleInvalid:
        return said
    return kept if same else said


def _meaning(document: Part) -> Any:
    return parse_rule(document, key="same", version=1, name={}).document
