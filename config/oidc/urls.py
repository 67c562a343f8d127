"""Where shops and apps find us as identity provider: the library's addresses, less what we do not.

The device flow is not done: its addresses exist, for the library names them, and answer 404.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.idp.oidc import views
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, include, path

from config.oidc.views import authorize


def _with_a_key(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """There is no identity provider without a key to sign with."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.IDP_OIDC_PRIVATE_KEY:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _not_done(request: HttpRequest) -> HttpResponse:
    raise Http404


_oidc: list[URLPattern] = [
    path(
        ".well-known/openid-configuration", _with_a_key(views.configuration), name="configuration"
    ),
    path(".well-known/jwks.json", _with_a_key(views.jwks), name="jwks"),
    path("identity/authorize", authorize, name="authorization"),
    path("identity/logout", _with_a_key(views.logout), name="logout"),
    path("identity/token", _with_a_key(views.token), name="token"),
    path("identity/revoke", _with_a_key(views.revoke), name="revoke"),
    path("identity/userinfo", _with_a_key(views.user_info), name="userinfo"),
    path("identity/device", _not_done, name="device_authorization"),
    path("identity/device/code", _not_done, name="device_code"),
]

app_name = "idp"
urlpatterns = [path("", include((_oidc, "oidc")))]
