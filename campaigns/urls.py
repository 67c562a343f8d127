"""The portal's pages about messages and offers; config/portal.py joins them with the others."""

from django.urls import path

from campaigns.views.links import follow, pixel
from campaigns.views.offers import offer, offer_dismiss, offer_restore, offers
from campaigns.views.preferences import news
from campaigns.views.push import push
from campaigns.views.unsubscribe import unsubscribe_page

urlpatterns = [
    path("m/<str:token>.gif", pixel, name="opened"),
    path("m/<str:token>/", follow, name="follow"),
    path("me/news/", news, name="news"),
    path("me/news/push/", push, name="push"),
    path("news/stop/<str:token>/", unsubscribe_page, name="unsubscribe"),
    path("offers/", offers, name="offers"),
    path("offers/<slug:key>/", offer, name="offer"),
    path("offers/<slug:key>/dismiss/", offer_dismiss, name="offer_dismiss"),
    path("offers/<slug:key>/restore/", offer_restore, name="offer_restore"),
]
