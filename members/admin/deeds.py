"""What the service desk does to a member's points and tier: each deed a form with a reason.

The key in the form makes that sending it twice does it once.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.admin.refusals import told
from loyalty.errors import DomainError


def number() -> UnfoldAdminIntegerFieldWidget:
    return UnfoldAdminIntegerFieldWidget(attrs={"class": "max-w-48"})


def last_day_field(**kwargs: Any) -> forms.DateField:
    """A day up to and including which something holds."""
    style = " ".join([*BASE_INPUT_CLASSES, "max-w-48"])
    widget = forms.DateInput(attrs={"type": "date", "class": style}, format="%Y-%m-%d")
    return forms.DateField(label=gettext_lazy("Last day"), widget=widget, **kwargs)


class DeedForm(forms.Form):
    """A deed wants a reason; it stays readable, for the member too."""

    use_required_attribute = False

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("The member reads this too."),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial={"key": str(uuid4()), **(initial or {})}, auto_id="id_%s")


class CorrectionForm(DeedForm):
    """So many points."""

    points = forms.IntegerField(
        label=gettext_lazy("Points"),
        widget=number(),
        help_text=gettext_lazy("With a minus in front they are taken."),
    )
    field_order = ("points", "reason")


class ExtendForm(DeedForm):
    """Good for longer."""

    last_day = last_day_field(help_text=gettext_lazy("This day they can still be used."))
    field_order = ("last_day", "reason")


class ReinstateForm(DeedForm):
    """Lapsed points good again."""

    points = forms.IntegerField(label=gettext_lazy("Points"), min_value=1, widget=number())
    last_day = last_day_field(required=False, help_text=gettext_lazy("Empty: they do not lapse."))
    field_order = ("points", "last_day", "reason")


class TierForm(DeedForm):
    """A tier by hand."""

    tier = forms.ChoiceField(label=gettext_lazy("Tier"), widget=UnfoldAdminSelectWidget)
    last_day = last_day_field(required=False, help_text=gettext_lazy("Empty: for life."))
    field_order = ("tier", "last_day", "reason")

    def __init__(self, tiers: list[tuple[str, Any]], data: Any = None) -> None:
        super().__init__(data)
        self.fields["tier"].choices = tiers  # type: ignore[attr-defined]


def done_by_form(
    request: HttpRequest,
    form: forms.Form,
    *,
    deed: Callable[[dict[str, Any]], str],
    context: dict[str, Any],
    after: Callable[[], HttpResponse],
) -> HttpResponse:
    """The form until it is right, then the deed, whose refusal is told beside the field."""
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, deed(form.cleaned_data))
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, told(refusal))
        else:
            return after()
    context = {**context, "form": form, "actions_detail": []}
    template = context.get("template", "admin/members/deed.html")
    return TemplateResponse(request, template, context)
