"""Filters above a list: one form, whose answers stand in the page's address."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminSelectWidget

from loyalty.admin import scope
from loyalty.admin.fields import DayInput
from loyalty.models import Programme
from rewards.models import Reward

ANY: tuple[str, Any] = ("", _("Any"))


def one_of(label: Any, choices: Any = ()) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[ANY, *choices], widget=UnfoldAdminSelectWidget
    )


def a_day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput)


class AskForm(forms.Form):
    """What may be asked of a list; what is not said, or is nonsense, is not asked."""

    use_required_attribute = False

    def __init__(self, data: Any, programme: Programme) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.programme = programme
        self.offer()
        self.is_valid()

    def offer(self) -> None:
        """Fill in what there is to choose from."""

    def offered(self, field: str, choices: Any) -> None:
        self.fields[field].choices = [ANY, *choices]  # type: ignore[attr-defined]

    def offer_rewards(self) -> None:
        rewards = Reward.objects.filter(programme=self.programme).order_by("name_nl")
        self.offered("reward", [(each.pk, str(each)) for each in rewards])

    def says(self, field: str) -> Any:
        """What was said, or nothing."""
        return self.cleaned_data.get(field)

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=ZoneInfo(self.programme.time_zone))

    def within(self, rows: QuerySet[Any], moment: str) -> QuerySet[Any]:
        """Those whose moment lies in the period of the fields `since` and `until`."""
        if since := self.says("since"):
            rows = rows.filter(**{f"{moment}__gte": self.start_of(since)})
        if until := self.says("until"):
            end = self.start_of(until + timedelta(days=1))
            rows = rows.filter(**{f"{moment}__lt": end})
        return rows

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that are asked for."""
        raise NotImplementedError


class AskFilter(admin.ListFilter):
    """All the fields of a form as one filter of a list; drawn above it, not beside it."""

    title = _("Filters")
    form_class: ClassVar[type[AskForm]]

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        said = {key: params.pop(key)[-1] for key in self._fields() if key in params}
        programme = scope.chosen(request)
        self.form = self.form_class(said, programme) if programme else None
        self.is_asked = any(said.values())

    def _fields(self) -> list[str]:
        return list(self.form_class.base_fields)

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.form.narrowed(queryset) if self.form else queryset

    def expected_parameters(self) -> list[str | None]:
        return list(self._fields())


class AskList(ChangeList):  # type: ignore[misc]
    """A list with such a form above it."""

    def get_filters(self, request: HttpRequest) -> Any:
        specs, _has_filters, remaining, may_repeat, has_active = super().get_filters(request)
        return specs, False, remaining, may_repeat, has_active

    @property
    def ask(self) -> AskFilter | None:
        return next((spec for spec in self.filter_specs if isinstance(spec, AskFilter)), None)


def question(said: QueryDict, form_class: type[AskForm]) -> str:
    """The filters of an address, without the page and without what is empty."""
    kept = QueryDict(mutable=True)
    for key in form_class.base_fields:
        if value := said.get(key, "").strip():
            kept[key] = value
    return kept.urlencode()
