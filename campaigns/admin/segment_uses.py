"""Which campaigns and offers ask for a segment, for its page; and what conditions about campaigns
can be chosen from."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaigns.journeys.document import all_steps, read_document
from campaigns.journeys.steps import Condition, Tag
from campaigns.models import Campaign, CampaignVersion, Offer
from loyalty.errors import DomainError
from loyalty.services.known_keys import KnownKey, Search, register_finder
from members.admin.segment_uses import Use, asks_for, page, register_uses
from members.models import Segment


def _uses(request: HttpRequest, segment: Segment) -> Iterable[Use]:
    for campaign in _campaigns(segment):
        yield Use(_("Campaign"), str(campaign), page(request, campaign))
    offers = Offer.objects.filter(
        programme=segment.programme_id, segments__contains=[segment.key]
    ).exclude(state=Offer.State.STOPPED)
    for offer in offers.order_by("pk"):
        yield Use(_("Offer"), str(offer), page(request, offer))


def _campaigns(segment: Segment) -> Iterable[Campaign]:
    """Those that are not over, and name the segment in their version in force."""
    mine = Campaign.objects.filter(programme=segment.programme_id).exclude(
        state=Campaign.State.ENDED
    )
    campaigns = {campaign.pk: campaign for campaign in mine.order_by("pk")}
    for version in CampaignVersion.objects.filter(campaign__in=campaigns).order_by("campaign"):
        campaign = campaigns[version.campaign_id]
        if version.number == campaign.version and _names(version, segment.key):
            yield campaign


def _names(version: CampaignVersion, key: str) -> bool:
    try:
        document = read_document(version.document)
    except DomainError:
        return False
    if key in (*document.segments, *document.without, document.trigger.segment):
        return True
    for _place, step in all_steps(document):
        if isinstance(step, Condition) and asks_for(step.asks, key):
            return True
        if isinstance(step, Tag) and step.segment == key:
            return True
    return False


def _found(search: Search) -> Iterable[KnownKey]:
    """The campaigns whose name or key has the word in it."""
    name, said = f"name_{search.language}", search.said.lower()
    rows = Campaign.objects.filter(programme=search.programme_id).order_by(name)
    return [
        KnownKey(key, called)
        for key, called in rows.values_list("key", name)
        if said in key.lower() or said in called.lower()
    ][: search.most]


register_uses(_uses)
for _sort in ("campaign", "in"):  # what narrows a condition, and the campaign somebody is in
    register_finder(f"segment.{_sort}", _found)
