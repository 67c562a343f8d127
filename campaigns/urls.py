"""The portal's pages about messages; config/portal.py joins them with the others."""

from django.urls import path

from campaigns.views.links import follow, pixel
from campaigns.views.unsubscribe import unsubscribe_page

urlpatterns = [
    path("m/<str:token>.gif", pixel, name="opened"),
    path("m/<str:token>/", follow, name="follow"),
    path("news/stop/<str:token>/", unsubscribe_page, name="unsubscribe"),
]
