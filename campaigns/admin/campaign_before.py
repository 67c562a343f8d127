"""What is to be known before a campaign is launched."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from campaigns.admin.campaign_looks import findings_of, standing
from campaigns.admin.campaign_page import CampaignPage


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
        return TemplateResponse(request, "admin/campaigns/campaign_before.html", context)
