"""What is to be known before a campaign is launched."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.admin.around import language
from campaigns.admin.campaign_looks import findings_of, standing
from campaigns.admin.campaign_page import CampaignPage
from campaigns.experiments.words import part
from campaigns.models import Campaign, Channel
from campaigns.services.forecast import Forecast, forecast
from loyalty.errors import DomainError
from loyalty.templatetags.figures import money, number
from members.models import Membership


class CampaignBefore(CampaignPage):
    """The tab that says whom it reaches, what it costs, and what it could show."""

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:campaign_id>/before/",
            self.admin_site.admin_view(self.before),
            name="campaigns_campaign_before",
        )
        return [own, *super().get_urls()]

    def before(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        campaign = self.visible(request, str(campaign_id))
        context: dict[str, Any] = {
            **self.frame(request, campaign),
            "tab": "before",
            **standing(campaign),
            "findings": findings_of(campaign),
        }
        try:
            ahead = forecast(campaign=campaign, at=timezone.now())
        except DomainError:
            pass  # the sentences say already that it cannot be read
        else:
            context |= told(ahead, campaign)
            if request.user.has_perm("members.view_member"):
                context["sample"] = _sample(ahead)
        return TemplateResponse(request, "admin/campaigns/campaign_before.html", context)


def told(ahead: Forecast, campaign: Campaign) -> dict[str, Any]:
    """The forecast as the page shows it."""
    held = ahead.audience * campaign.holdout // 100
    worth = money(ahead.cost, campaign.programme.currency)
    return {
        "tiles": [
            (_("Could come in now"), number(ahead.audience), ""),
            (_("May be told nothing"), number(ahead.unreached), _("no consent or no address")),
            (_("Held out"), number(held), f"{campaign.holdout}%"),
            (_("Points at most"), number(ahead.points), _("with rewards worth %s") % worth),
        ],
        "channels": [
            (str(Channel(channel).label), number(count)) for channel, count in ahead.reached.items()
        ],
        "parts": [
            (_("In the past month"), [_lately(ahead)]),
            (_("What it could show"), _power(ahead, campaign)),
        ],
    }


def _lately(ahead: Forecast) -> str:
    if ahead.entered_past_month is None:
        return _("How many would have come in cannot be told for this beginning.")
    return _("%s members would have come in during the last 30 days.") % number(
        ahead.entered_past_month
    )


def _power(ahead: Forecast, campaign: Campaign) -> list[str]:
    shows = ahead.shows
    if not campaign.holdout:
        return [_("Nothing: nobody is held out, so there is nobody to compare with.")]
    if shows.part is None:
        return [_("Nobody can tell yet: members did too little lately.")]
    said = [
        _("If all of them come in, it probably shows an effect from %s per member on.")
        % part(shows.part, language())
    ]
    if shows.needed:
        said.append(_("To show an effect of 10%%, %s must come in.") % number(shows.needed))
    return said


def _sample(ahead: Forecast) -> list[tuple[str, str]]:
    members = Membership.objects.filter(pk__in=ahead.sample).select_related("member")
    return [
        (str(each.member), reverse("admin:members_member_change", args=[each.member_id]))
        for each in members.order_by("member_id")
    ]
