"""What is done to a campaign: ask approval, approve, launch, pause, go on, end, copy, stop all."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.enums import ActionVariant

from campaigns.admin.campaign_looks import findings_of, sentence_of
from campaigns.models import Campaign
from campaigns.services import campaigns as services
from campaigns.services.parking import parked_of, try_again
from loyalty.admin.fields import unused_key
from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from loyalty.templatetags.figures import number

State = Campaign.State
OFFERED: dict[str, list[str]] = {
    State.DRAFT: ["ask_approval", "copy"],
    State.REVIEW: ["approve", "copy"],
    State.APPROVED: ["launch", "copy"],
    State.LIVE: ["pause", "try_again", "end", "copy"],
    State.PAUSED: ["resume", "try_again", "end", "copy"],
    State.ENDED: ["copy"],
}
LONGEST_REASON = 150


class CampaignDeeds(ConsoleAdmin):
    """The buttons of a campaign's page; each asks first and says what will happen."""

    actions_detail = ["ask_approval", "approve", "launch", "resume", "pause", "try_again"]
    actions_detail += ["end", "copy"]
    actions_list = ["kill"]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Only what can be done in the state it is in."""
        campaign = self.get_object(request, str(object_id))
        offered = list(OFFERED[campaign.state]) if campaign is not None else []
        if "try_again" in offered and not parked_of(object_id):
            offered.remove("try_again")
        actions = super().get_actions_detail(request, object_id)
        return [a for a in actions if a.method.original_function_name in offered]

    def has_approve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("campaigns.approve_campaign"))

    def has_stop_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("campaigns.stop_campaign"))

    @action(
        description=gettext_lazy("Ask approval"),
        permissions=["change"],
        icon="how_to_reg",
        variant=ActionVariant.PRIMARY,
    )
    def ask_approval(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            title=_("Ask approval for “%s”?"),
            means=_("A colleague reads it and approves it. You cannot approve it yourself."),
            button=_("Ask approval"),
            deed=services.ask_approval,
            done=_("Asked: a colleague can approve “%s” now."),
            with_findings=True,
        )

    @action(
        description=gettext_lazy("Approve"),
        permissions=["approve"],
        icon="verified",
        variant=ActionVariant.PRIMARY,
    )
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            title=_("Approve “%s”?"),
            means=_("After that it can be launched. Who changes it, has to ask again."),
            button=_("Approve"),
            deed=services.approve_campaign,
            done=_("Approved: “%s” can be launched."),
            with_findings=True,
        )

    @action(
        description=gettext_lazy("Launch"),
        permissions=["change"],
        icon="rocket_launch",
        variant=ActionVariant.PRIMARY,
    )
    def launch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            title=_("Launch “%s”?"),
            means=_("From that moment members come in, and get what stands here."),
            button=_("Launch"),
            deed=services.launch_campaign,
            done=_("Live from now on: “%s”."),
            with_findings=True,
        )

    @action(description=gettext_lazy("Pause"), permissions=["change"], icon="pause")
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            title=_("Pause “%s”?"),
            means=_("Nobody comes in and nobody takes a step, until you let it go on."),
            button=_("Pause"),
            deed=services.pause_campaign,
            done=_("Paused: “%s”."),
        )

    @action(
        description=gettext_lazy("Go on"),
        permissions=["change"],
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            title=_("Let “%s” go on?"),
            means=_("Who is in it goes on where they were."),
            button=_("Go on"),
            deed=services.resume_campaign,
            done=_("“%s” goes on."),
        )

    @action(description=gettext_lazy("Try again"), permissions=["change"], icon="replay")
    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            title=_("Try again what broke in “%s”?"),
            means=_("Who was put aside takes their step anew, and what was not made is made anew."),
            button=_("Try again"),
            deed=try_again,
            done=_("“%s” tries again what broke."),
        )

    @action(
        description=gettext_lazy("End"),
        permissions=["change"],
        icon="stop",
        variant=ActionVariant.DANGER,
    )
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._asked(
            request,
            object_id,
            title=_("End “%s”?"),
            means=_("It stops for everybody who is in it, and cannot be started again."),
            button=_("End"),
            deed=services.end_campaign,
            done=_("Ended: “%s”."),
            danger=True,
        )

    @action(description=gettext_lazy("Copy"), permissions=["change"], icon="content_copy")
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        campaign = self.visible(request, object_id)
        made: list[Campaign] = []

        def deed() -> str:
            taken = set(
                Campaign.objects.filter(programme_id=campaign.programme_id).values_list(
                    "key", flat=True
                )
            )
            made.append(
                services.copy_campaign(
                    campaign_id=campaign.pk,
                    key=unused_key(campaign.name_en, taken, otherwise="campaign"),
                    name_nl=f"{campaign.name_nl[:90]} (kopie)",
                    name_en=f"{campaign.name_en[:90]} (copy)",
                    actor=actor_of(request),
                    at=timezone.now(),
                )
            )
            return _("This is the copy. It is a draft: change what is different, then ask.")

        response = self.ask(
            request,
            campaign,
            title=_("Copy “%s”?") % campaign,
            sentences=[
                sentence_of(campaign),
                _("A draft is made with the same steps. It draws its own lots anew."),
            ],
            button=_("Copy"),
            deed=deed,
        )
        return self.page_of(made[0].pk) if made else response

    @action(
        description=gettext_lazy("Stop all campaigns"),
        permissions=["stop"],
        icon="dangerous",
        variant=ActionVariant.DANGER,
        url_path="kill",
    )
    def kill(self, request: HttpRequest) -> HttpResponse:
        """The emergency stop: every live campaign of every programme pauses, with the reason."""
        if not self.has_stop_permission(request):
            raise PermissionDenied
        live = list(Campaign.objects.filter(state=State.LIVE).order_by("pk"))
        reason = request.POST.get("reason", "").strip()[:LONGEST_REASON]
        back = redirect("admin:campaigns_campaign_changelist")
        if request.method == "POST" and reason:
            try:
                stopped = services.kill_all(
                    reason=reason, actor=actor_of(request), at=timezone.now()
                )
            except DomainError as refusal:
                messages.error(request, told(refusal))
            else:
                messages.success(request, _stopped(stopped))
            return back
        context = {
            **self.admin_site.each_context(request),
            "title": _("Stop all campaigns"),
            "opts": self.model._meta,
            "live": live,
            "is_without_reason": request.method == "POST",
            "longest": LONGEST_REASON,
        }
        return TemplateResponse(request, "admin/campaigns/campaign_kill.html", context)

    def _asked(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        title: str,
        means: str,
        button: str,
        deed: Callable[..., Any],
        done: str,
        danger: bool = False,
        with_findings: bool = False,
    ) -> HttpResponse:
        campaign = self.visible(request, object_id)

        def carried_out() -> str:
            deed(campaign_id=campaign.pk, actor=actor_of(request), at=timezone.now())
            return str(done % campaign)

        return self.ask(
            request,
            campaign,
            title=title % campaign,
            sentences=[sentence_of(campaign), means],
            button=button,
            deed=carried_out,
            danger=danger,
            findings=findings_of(campaign) if with_findings else (),
        )


def _stopped(count: int) -> str:
    return ngettext("%s campaign was paused.", "%s campaigns were paused.", count) % number(count)
