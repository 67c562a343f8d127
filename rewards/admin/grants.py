"""Rewards that members were given, and giving one by hand."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from loyalty.admin.pages import exactly
from loyalty.templatetags.figures import day, last_day
from rewards.admin.asking import AskFilter, AskForm, AskList, a_day, one_of
from rewards.admin.giving import Giving
from rewards.admin.words import GRANT_COLOURS, grant_words
from rewards.models import Grant, Occasion


class GrantAsk(AskForm):
    """Which of what was given."""

    state = one_of(gettext_lazy("State"), Grant.State.choices)
    occasion = one_of(gettext_lazy("Occasion"))
    reward = one_of(gettext_lazy("Reward"))
    since = a_day(gettext_lazy("From"))
    until = a_day(gettext_lazy("Up to and including"))

    def offer(self) -> None:
        self.offer_rewards()
        occasions = Occasion.objects.filter(programme=self.programme).order_by("name_nl")
        self.offered("occasion", [(each.pk, str(each)) for each in occasions])

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for field in ("state", "occasion", "reward"):
            if said := self.says(field):
                rows = rows.filter(**{field: said})
        return self.within(rows, "granted_at")


class GrantFilter(AskFilter):
    form_class = GrantAsk


@admin.register(Grant)
class GrantAdmin(Giving):
    """Given by an occasion, a rule, a full card, or a colleague."""

    intro = gettext_lazy("Rewards that members were given, the latest first, and why.")
    empty = gettext_lazy("When an occasion or a rule gives a reward, it will stand here.")
    programme_path = "membership__programme"
    list_display = ["moment", "who", "what", "why", "state_label"]
    list_select_related = ["membership__member", "reward", "occasion"]
    list_filter = [GrantFilter]
    list_before_template = "admin/rewards/ask_before.html"
    ordering = ["-pk"]
    paginator = InfinitePaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AskList

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.give)
        urls: list[URLPattern] = super().get_urls()
        return [path("give/<uuid:member_id>/", view, name="rewards_grant_give"), *urls]

    @display(description=gettext_lazy("When"))
    def moment(self, grant: Grant) -> datetime:
        return grant.granted_at

    @display(description=gettext_lazy("Member"))
    def who(self, grant: Grant) -> str:
        return str(grant.membership.member)

    @display(description=gettext_lazy("Reward"))
    def what(self, grant: Grant) -> str:
        return str(grant.reward) if grant.reward else _("Still to be chosen")

    @display(description=gettext_lazy("Why"))
    def why(self, grant: Grant) -> str:
        return why_given(grant)

    @display(description=gettext_lazy("State"), label=GRANT_COLOURS)
    def state_label(self, grant: Grant) -> tuple[str, str]:
        return grant.state, grant_words(grant)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What was given, why, and what became of it."""
        grant = self.visible(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": self.what(grant),
            "opts": self.model._meta,
            "original": "",
            "state": grant_words(grant),
            "colour": GRANT_COLOURS[grant.state],
            "sentence": _("%(who)s was given “%(reward)s” on %(when)s.")
            % {
                "who": self.who(grant),
                "reward": self.what(grant),
                "when": exactly(grant.granted_at),
            },
            "why": why_given(grant),
            "good_until": day(last_day(grant.expires_at)) if grant.expires_at else "",
            "redemption": getattr(grant, "redemption", None),
            "member_page": reverse("admin:members_member_change", args=[grant.membership.member_id])
            + "?tab=redemptions",
        }
        return TemplateResponse(request, "admin/rewards/grant.html", context)


def why_given(grant: Grant) -> str:
    """The reason as the member reads it, or what the occasion is called."""
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    return grant.reason.get(language, "") or str(grant.occasion or "")
