"""Which data there is of members, how reliable it is, and what nobody uses; to delete that."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from members.models import FieldUse
from members.services.data_quality import data_quality, may_be_forgotten, stop_and_forget

DELETES = "members.change_profilefield"


class ForgetForm(forms.Form):
    """Why, for colleagues to read back, and the number that goes as proof that it was read."""

    use_required_attribute = False

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Kept in the history. No names of members."),
    )
    count = forms.IntegerField(widget=forms.HiddenInput)


@admin.register(FieldUse)
class DataQualityAdmin(ReadOnlyAdmin):
    """One line per field."""

    list_title = gettext_lazy("Data quality")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        fields = data_quality(self.programme(request), at=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": self.list_title,
            "fields": [
                {"quality": each, "may_be_forgotten": may_be_forgotten(each.field)}
                for each in fields
            ],
            "unused": [each for each in fields if each.is_unused and may_be_forgotten(each.field)],
            "may_delete": request.user.has_perm(DELETES),
        }
        return TemplateResponse(request, "admin/members/data_quality.html", context)

    def get_urls(self) -> list[URLPattern]:
        forget = self.admin_site.admin_view(self.forget)
        urls: list[URLPattern] = super().get_urls()
        return [path("forget/<str:field>/", forget, name="members_fielduse_forget"), *urls]

    def forget(self, request: HttpRequest, field: str) -> HttpResponse:
        """Stop asking and delete: how many, why, and then at once."""
        if not request.user.has_perm(DELETES):
            raise PermissionDenied
        programme = self.programme(request)
        found = data_quality(programme, at=timezone.now())
        known = next((each for each in found if each.field == field), None)
        if known is None or not may_be_forgotten(field):
            raise Http404
        form = ForgetForm(request.POST or None, initial={"count": known.filled}, auto_id="id_%s")
        if request.method == "POST" and form.is_valid():
            if form.cleaned_data["count"] == known.filled:
                return self._forgotten(request, programme.pk, field, form.cleaned_data["reason"])
            form.add_error(None, _("Their number has changed meanwhile. Look again."))
            form.data = form.data | {"count": known.filled}  # type: ignore[operator]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Stop asking and delete: %s") % known.title,
            "sentences": [
                ngettext(
                    "What %(count)s member told or showed goes, at once and for good.",
                    "What %(count)s members told or showed goes, at once and for good.",
                    known.filled,
                )
                % {"count": known.filled},
                _("Points that they were given for it stay theirs."),
            ],
            "form": form,
            "button": _("Stop asking and delete"),
            "is_dangerous": True,
            "page": "../../",
        }
        return TemplateResponse(request, "admin/members/deed.html", context)

    def _forgotten(
        self, request: HttpRequest, programme_id: int, field: str, reason: str
    ) -> HttpResponse:
        try:
            count = stop_and_forget(
                programme_id=programme_id, field=field, actor=actor_of(request), at=timezone.now()
            )
        except DomainError as refusal:
            messages.error(request, told(refusal))
        else:
            use = FieldUse(programme_id=programme_id, field=field)
            self.log_change(request, use, f"{field}: {count} · {reason}")
            messages.success(request, _("Deleted: %s.") % count)
        return redirect("admin:members_fielduse_changelist")
