"""The words of consents: what holds, what held, who agreed to which; and publishing new ones."""

from collections import defaultdict
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from loyalty.admin.pages import ConsoleAdmin, actor_of
from members.models import ConsentText, Purpose
from members.services.consent_texts import (
    LONGEST_TEXT,
    agreed_to,
    current_texts,
    publish_text,
    texts_shown,
    words_of,
)


class ConsentTextForm(forms.ModelForm[ConsentText]):
    """The next version of the words for a purpose."""

    class Meta:
        model = ConsentText
        fields = ("purpose", "text_nl", "text_en")
        labels = {
            "purpose": gettext_lazy("For what"),
            "text_nl": gettext_lazy("Words in Dutch"),
            "text_en": gettext_lazy("Words in English"),
        }
        help_texts = {
            "text_nl": gettext_lazy(
                "What you send or do, how often, and that stopping is always possible."
            ),
        }
        widgets = {
            "purpose": UnfoldAdminSelectWidget,
            "text_nl": UnfoldAdminTextareaWidget(attrs={"rows": 4, "maxlength": LONGEST_TEXT}),
            "text_en": UnfoldAdminTextareaWidget(attrs={"rows": 4, "maxlength": LONGEST_TEXT}),
        }


@admin.register(ConsentText)
class ConsentTextAdmin(ConsoleAdmin):
    """Published once, never changed."""

    list_title = gettext_lazy("What members agree to")
    programme_path = "programme"
    form = ConsentTextForm
    fields = ["purpose", "text_nl", "text_en"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": self.list_title,
            "purposes": _purposes(self.programme(request).pk),
            "may_publish": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/members/consent_texts.html", context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The words that hold, to go on from."""
        purpose = request.GET.get("purpose", "")
        shown = texts_shown(self.programme(request).pk).get(purpose)
        if shown is None:
            return {}
        return {"purpose": purpose, "text_nl": shown.text["nl"], "text_en": shown.text["en"]}

    def save_model(
        self, request: HttpRequest, obj: ConsentText, form: ConsentTextForm, change: bool
    ) -> None:
        text = publish_text(
            programme_id=self.programme(request).pk,
            actor=actor_of(request),
            at=timezone.now(),
            **form.cleaned_data,
        )
        obj.pk, obj.version, obj.programme_id = text.pk, text.version, text.programme_id

    def said(self, obj: Any) -> str:
        said = _("Published as version %s: this is what members are asked from now on.")
        return str(said % obj.version)

    def page_of(self, pk: Any) -> HttpResponse:
        return redirect("admin:members_consenttext_changelist")


def _purposes(programme_id: int) -> list[dict[str, Any]]:
    """Each purpose with its versions, the latest first, and how many agreed to which."""
    members: dict[str, dict[str, int]] = defaultdict(dict)
    for each in agreed_to(programme_id):
        members[each.purpose][each.version] = each.members
    shown, published = texts_shown(programme_id), current_texts(programme_id)
    texts = ConsentText.objects.filter(programme=programme_id).order_by("-published_at", "-pk")
    language = "en" if get_language() == "en" else "nl"
    words = words_of(programme_id)
    found = []
    for purpose in Purpose:
        known = {text.version: text.published_at for text in texts if text.purpose == purpose}
        others = [version for version in members[purpose] if version not in known]
        now = shown[purpose].version if purpose in shown else ""
        if now and now not in known and now not in others:
            others.insert(0, now)
        found.append(
            {
                "purpose": purpose,
                "is_standard": bool(now) and purpose not in published,
                "versions": [
                    {
                        "version": version,
                        "since": known.get(version),
                        "text": words.get((purpose, version), {}).get(language, ""),
                        "members": members[purpose].get(version, 0),
                        "holds": version == now,
                    }
                    for version in (*known, *others)
                ],
                "to_ask_again": sum(
                    count for version, count in members[purpose].items() if version != now
                ),
            }
        )
    return found
