"""Budgets: what rules may give out together, and what is left of it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.forms.rules import unused_key
from loyalty.forms.widgets import whole
from loyalty.models import Budget, LimitUse
from loyalty.services.budgets import LARGEST, save_budget
from loyalty.templatetags.figures import number

USES = "!budget:"  # how the uses of budgets begin, among those of all shared limits


class BudgetForm(forms.ModelForm[Budget]):
    """What it is called and how much it holds."""

    name_nl = forms.CharField(
        label=gettext_lazy("Name in Dutch"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    name_en = forms.CharField(
        label=gettext_lazy("Name in English"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    points = forms.IntegerField(
        label=gettext_lazy("Holds"),
        min_value=0,
        max_value=LARGEST,
        widget=whole(),
        help_text=gettext_lazy(
            "In points. Rules that draw on it give less when it nears its end, and then nothing."
        ),
    )

    class Meta:
        model = Budget
        fields = ("name_nl", "name_en", "points")


class BudgetList(ChangeList):  # type: ignore[misc]
    """The budgets of a page with what was given out of them."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        programmes = {budget.programme_id for budget in self.result_list}
        uses = LimitUse.objects.filter(programme__in=programmes, key__startswith=USES)
        given: dict[tuple[int, str], int] = {}
        for programme, key, used in uses.values_list("programme_id", "key", "used"):
            budget = programme, key.removeprefix(USES).partition("|")[0]
            given[budget] = given.get(budget, 0) + used
        for budget in self.result_list:
            budget.given = given.get((budget.programme_id, budget.key), 0)


@admin.register(Budget)
class BudgetAdmin(ConsoleAdmin):
    """What rules share."""

    list_title = gettext_lazy("Budgets")
    intro = gettext_lazy("What rules may give out together. A rule draws on one by a limit.")
    empty = gettext_lazy("Make a budget, then choose it in a limit of each rule that draws on it.")
    form = BudgetForm
    programme_path = "programme"
    list_display = ["called", "holds", "given_out", "left"]
    list_select_related = ["programme"]
    ordering = ["name_nl"]
    fields = ["name_nl", "name_en", "points"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BudgetList

    @display(description=gettext_lazy("Name"))
    def called(self, budget: Budget) -> str:
        return budget.name_nl if get_language() == "nl" else budget.name_en

    @display(description=gettext_lazy("Holds"))
    def holds(self, budget: Budget) -> SafeString:
        return _figure(budget.points)

    @display(description=gettext_lazy("Given out"))
    def given_out(self, budget: Any) -> SafeString:
        return _figure(budget.given)

    @display(description=gettext_lazy("Left"))
    def left(self, budget: Any) -> SafeString:
        return _figure(max(0, budget.points - budget.given))

    def save_model(self, request: HttpRequest, obj: Budget, form: BudgetForm, change: bool) -> None:
        programme_id = obj.programme_id or self.programme(request).pk
        taken = Budget.objects.filter(programme_id=programme_id).values_list("key", flat=True)
        kept = save_budget(
            programme_id=programme_id,
            key=obj.key or unused_key(obj.name_en, set(taken), otherwise="budget"),
            actor=actor_of(request),
            at=timezone.now(),
            **form.cleaned_data,
        )
        obj.pk, obj.programme_id, obj.key = kept.pk, kept.programme_id, kept.key

    def said(self, obj: Any) -> str:
        return str(_("Saved: rules can draw on “%s”.") % self.called(obj))


def _figure(points: int) -> SafeString:
    return format_html('<span class="figure">{}</span>', number(points))
