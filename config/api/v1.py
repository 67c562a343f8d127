"""The API's addresses, joined from the apps'."""

from django.urls import URLPattern, URLResolver, include, path

from config.api.docs import Docs, schema
from config.api.problems import catalogue

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("loyalty.api.v1.urls")),
    path("", include("members.api.v1.urls")),
    path("", include("rewards.api.v1.urls")),
    path("", include("campaigns.api.v1.urls")),
    path("problems", catalogue, name="api-problems"),
    path("schema/", schema, name="api-schema"),
    path("docs/", Docs.as_view(), name="api-docs"),
]
