"""The portal's pages about the member; config/portal.py joins them with those of rewards."""

from django.urls import path

from members.views.brand import brand_icon, brand_sheet
from members.views.home import card, earn, home
from members.views.joining import join
from members.views.language import choose_language
from members.views.me import consent, details, me
from members.views.statement import statement

urlpatterns = [
    path("", home, name="home"),
    path("card/", card, name="card"),
    path("earn/", earn, name="earn"),
    path("statement/", statement, name="statement"),
    path("me/", me, name="me"),
    path("me/details/", details, name="details"),
    path("me/consent/", consent, name="consent"),
    path("join/", join, name="join"),
    path("language/", choose_language, name="language"),
    path("brand.css", brand_sheet, name="brand"),
    path("icon.svg", brand_icon, name="icon"),
]
