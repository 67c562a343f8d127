"""Every address: the API, the console, the portal."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

# What the mail provider tells comes in only when it can prove itself.
_PROVIDER = [path("news/provider/", include("anymail.urls"))]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("config.api.v1")),
    path("console/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("config.accounts")),
    path("", include("config.oidc.urls")),
    *(_PROVIDER if settings.ANYMAIL.get("WEBHOOK_SECRET") else []),
    path("demo/", include("config.demo.mailbox")),
    path("", include("config.portal")),
]
