"""The page on which a member agrees, with stricter manners than the library's."""

from typing import Any
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client
from allauth.idp.oidc.views import AuthorizationView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from loyalty.errors import DomainError
from members.app_scopes import SCOPES, membership_of_login
from members.models import User


class RequestRefused(DomainError):
    """A shop or app asked to sign in a member in a way that we do not do."""

    code = "invalid_request"


class Authorize(AuthorizationView):  # type: ignore[misc]
    """Asks the member, always; an address that is not the very one agreed upon gets nothing.

    Beyond the library: PKCE with S256 for every client, redirect addresses compared letter by
    letter, no silent answers (`prompt=none`), and a login without a membership joins first.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.IDP_OIDC_PRIVATE_KEY:
            raise Http404
        if request.method == "GET":
            try:
                _check(request)
            except RequestRefused as refusal:
                context = {"error": {"error": refusal.code, "description": refusal.detail}}
                return render(request, "idp/oidc/error.html", context, status=400)
            if isinstance(request.user, User) and membership_of_login(request.user) is None:
                return redirect(
                    f"{reverse('portal:join')}?{urlencode({'next': request.get_full_path()})}"
                )
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["scope_lines"] = [SCOPES[name].sentence for name in self._scopes if name in SCOPES]
        return context

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Chromium holds the redirect after the form to the policy on forms."""
        response: HttpResponse = super().render_to_response(context, **kwargs)
        origin = _origin(self._request_info["redirect_uri"])
        response._csp_update = {"form-action": [origin]}  # type: ignore[attr-defined]  # noqa: SLF001
        return response


def _check(request: HttpRequest) -> None:
    """Raises RequestRefused for what may not even be sent back to where it came from."""
    asked = request.GET
    client = Client.objects.filter(pk=asked.get("client_id", "")).first()
    if client is None:
        raise RequestRefused("This shop or app is not known.")
    if asked.get("redirect_uri") not in client.get_redirect_uris():
        raise RequestRefused("The address to return to is not one of those agreed upon.")
    if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
        raise RequestRefused("PKCE with S256 is required.")
    if "none" in asked.get("prompt", "").split():
        raise RequestRefused("The member is always asked; prompt=none is not done.")


def _origin(address: str) -> str:
    """Of a web address its origin; of an app's own address its scheme."""
    parts = urlsplit(address)
    if parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"


authorize = Authorize.as_view()
