"""Who calls on behalf of a member: an app, by the token it got when the member signed in to it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.idp.oidc.models import Token
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from members.app_scopes import membership_of_login
from members.models import Membership

if TYPE_CHECKING:  # views load the settings, and these load this file
    from rest_framework.views import APIView


@dataclass(frozen=True)
class AppCaller:
    """An app, for one member; it may ask what the member agreed to."""

    client_id: str
    membership: Membership
    scopes: frozenset[str]
    is_authenticated: bool = True


class MemberTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` with an access token of ours.

    allauth's own class leans on a middleware that the API goes round, and answers 403 where 401
    is meant; the token itself is looked up as it does: by its hash, among those that are valid.
    """

    def authenticate(self, request: Request) -> tuple[AppCaller, None] | None:
        scheme, _, value = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer" or not value:
            return None
        return _caller(value.decode("latin-1")), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MemberAgreed(BasePermission):
    """Lets an app in for what the member agreed to; a view says `scopes = {"GET": "loyalty"}`."""

    code = "scope_missing"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scopes: dict[str, str] = getattr(view, "scopes", {})
        method = request.method or ""
        if method not in scopes:
            raise MethodNotAllowed(method)
        if not isinstance(request.user, AppCaller):
            return False
        self.message = f"The member did not agree to the scope {scopes[method]}."
        return scopes[method] in request.user.scopes


def _caller(value: str) -> AppCaller:
    tokens = Token.objects.valid().by_value(value).select_related("user")
    token = tokens.filter(type=Token.Type.ACCESS_TOKEN).first()
    membership = (
        membership_of_login(token.user) if token and token.user and token.user.is_active else None
    )
    if token is None or membership is None:
        raise AuthenticationFailed("This token is unknown or over.", code="token_unknown")
    return AppCaller(token.client_id, membership, frozenset(token.get_scopes()))
