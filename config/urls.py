"""Every address: the API, the console, the portal."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import health, metrics

# What the mail provider tells comes in only when it can prove itself.
_PROVIDER = [path("news/provider/", include("anymail.urls"))]

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.live),
    path("readyz", health.ready),
    path("metrics", metrics.metrics),
    path("api/v1/", include("config.api.v1")),
    path("console/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("config.accounts")),
    path("", include("config.oidc.urls")),
    *(_PROVIDER if settings.ANYMAIL.get("WEBHOOK_SECRET") else []),
    path("demo/", include("config.demo.mailbox")),
    path("", include("config.portal")),
]
