"""The contact policy: one page that says in words what its numbers mean."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTimeWidget

from campaigns.models import ContactPolicy
from campaigns.services.policies import (
    MOST_DAYS,
    MOST_HOLDOUT,
    MOST_MESSAGES,
    MOST_PATIENCE,
    PolicySaid,
    policy_of,
    save_policy,
)
from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError

CHANGES = "campaigns.change_contactpolicy"


def _whole(label: Any, least: int, most: int, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=help_text,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"class": "max-w-32"}),
    )


def _hour(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = UnfoldAdminTimeWidget(attrs={"class": "max-w-32", "type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, help_text=help_text, widget=widget)


class PolicyForm(forms.Form):
    """The numbers of the policy."""

    use_required_attribute = False
    cap = _whole(
        gettext_lazy("At most so many messages"),
        0,
        MOST_MESSAGES,
        gettext_lazy("Marketing, over all channels together. A member can choose fewer."),
    )
    cap_days = _whole(gettext_lazy("In so many days"), 1, MOST_DAYS, "")
    quiet_from = _hour(
        gettext_lazy("Quiet from"), gettext_lazy("In the member's own time. Then nothing is sent.")
    )
    quiet_until = _hour(gettext_lazy("Quiet until"))
    patience_days = _whole(
        gettext_lazy("A message may wait for so many days"),
        0,
        MOST_PATIENCE,
        gettext_lazy("What could not be sent by then is dropped: old news is no news."),
    )
    holdout = _whole(
        gettext_lazy("Per cent of members who get no marketing at all"),
        0,
        MOST_HOLDOUT,
        gettext_lazy("Drawn by lot. By them you see what all of your marketing does together."),
    )


@admin.register(ContactPolicy)
class ContactPolicyAdmin(ReadOnlyAdmin):
    """One page for the programme that is looked at."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        policy = policy_of(programme_id=self.programme(request).pk)
        may_change = request.user.has_perm(CHANGES)
        form = PolicyForm(request.POST or None, initial=_numbers(policy), auto_id="id_%s")
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            if form.is_valid():
                return self._saved(request, policy, form)
        context = {
            **self.admin_site.each_context(request),
            "title": _("How often members hear from us"),
            "opts": self.model._meta,
            "form": form,
            "sentences": sentences(policy),
            "may_change": may_change,
        }
        return TemplateResponse(request, "admin/campaigns/policy.html", context)

    def _saved(self, request: HttpRequest, policy: ContactPolicy, form: PolicyForm) -> HttpResponse:
        before = _numbers(policy)
        try:
            saved = save_policy(
                programme_id=policy.programme_id,
                said=PolicySaid(**form.cleaned_data),
                actor=actor_of(request),
                at=timezone.now(),
            )
        except DomainError as refusal:
            messages.error(request, told(refusal))
        else:
            changed = [
                f"{key}: {value}" for key, value in _numbers(saved).items() if before[key] != value
            ]
            self.log_change(request, saved, ", ".join(changed))
            messages.success(request, _("Saved. It holds for every message from now on."))
        return redirect("admin:campaigns_contactpolicy_changelist")


def sentences(policy: ContactPolicy) -> list[str]:
    """What the policy means, for who does not read numbers."""
    said = [
        _("A member gets at most %(many)s in %(days)s, over all channels together.")
        % {
            "many": ngettext("%d message", "%d messages", policy.cap) % policy.cap,
            "days": ngettext("%d day", "%d days", policy.cap_days) % policy.cap_days,
        },
        _("Between %(since)s and %(until)s, in the member's own time, nothing is sent; it waits.")
        % {
            "since": time_format(policy.quiet_from, "H:i"),
            "until": time_format(policy.quiet_until, "H:i"),
        },
        ngettext(
            "What could not be sent within %d day is dropped.",
            "What could not be sent within %d days is dropped.",
            policy.patience_days,
        )
        % policy.patience_days,
    ]
    if policy.holdout:
        said.append(
            _("%d in 100 members get no marketing at all, so that you see what it does.")
            % policy.holdout
        )
    said.append(
        _("Messages about what a member did or has, such as a code to sign in, always go at once.")
    )
    return [str(each) for each in said]


def _numbers(policy: ContactPolicy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in PolicyForm.base_fields}
