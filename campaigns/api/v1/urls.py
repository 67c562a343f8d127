from django.urls import path

from campaigns.api.v1.campaigns import CampaignMembers
from campaigns.api.v1.offers import DismissOffer, Offers

urlpatterns = [
    path("campaigns/<slug:key>/members", CampaignMembers.as_view(), name="campaign-members"),
    path("offers", Offers.as_view(), name="offers"),
    path("offers/<slug:key>/dismiss", DismissOffer.as_view(), name="offer-dismiss"),
]
