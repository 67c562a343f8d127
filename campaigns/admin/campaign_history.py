"""The versions of a campaign in words, and what is different between two."""

from difflib import SequenceMatcher
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from campaigns.admin.around import Around
from campaigns.admin.campaign_looks import sentences_of
from campaigns.admin.campaign_page import CampaignPage
from campaigns.admin.campaign_words import by_name, people
from campaigns.models import Campaign


class CampaignHistory(CampaignPage):
    """The tab with what a campaign has said."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        campaign = self.visible(request, object_id)
        context = {**self.frame(request, campaign), "tab": "versions", **_history(campaign)}
        return TemplateResponse(request, "admin/campaigns/campaign_versions.html", context)


def _history(campaign: Campaign) -> dict[str, Any]:
    """Every version in sentences, newest first, with what changed since the one before."""
    versions = list(campaign.versions.order_by("number"))
    around = Around(campaign.programme)
    known = people([version.saved_by for version in versions])
    told: list[dict[str, Any]] = []
    before: list[str] | None = None
    for version in versions:
        sentences = sentences_of(version.document, around)
        told.append(
            {
                "number": version.number,
                "by": by_name(version.saved_by, known),
                "at": version.saved_at,
                "sentences": sentences,
                "changes": [] if before is None else differences(before, sentences),
                "is_first": before is None,
                "is_in_force": version.number == campaign.version,
            }
        )
        before = sentences
    return {"versions": told[::-1]}


def differences(before: list[str], after: list[str]) -> list[str]:
    """What one says and the other does not, in the order of the sentences."""
    said: list[str] = []
    for deed, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if deed != "equal":
            said += [_("No longer: %s") % sentence for sentence in before[a:b]]
            said += [_("New: %s") % sentence for sentence in after[c:d]]
    return said
