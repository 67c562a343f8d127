"""The API's addresses, joined from the apps'."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("rewards.api.v1.urls")),
]
