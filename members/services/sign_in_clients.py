"""The shops and apps in which members may sign in with us."""

import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client, Token
from django.db import transaction

from loyalty.errors import InvalidRequest, NotFound
from members.app_scopes import SCOPES

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_ADDRESSES = 20


@transaction.atomic
def register_sign_in_client(
    *, name: str, redirect_uris: Sequence[str], scopes: Sequence[str], is_public: bool
) -> tuple[Client, str]:
    """Let members sign in there. Returns the client and its secret, which is shown this once.

    A public one (an app that runs with the member) has no secret: it cannot keep one. Raises
    InvalidRequest with the field that is wrong.
    """
    client = Client(
        type=Client.Type.PUBLIC if is_public else Client.Type.CONFIDENTIAL,
        response_types=Client.ResponseType.CODE,
    )
    client.set_grant_types([Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN])
    secret = _new_secret(client)
    _say(client, name=name, redirect_uris=redirect_uris, scopes=scopes)
    client.save(force_insert=True)
    return client, "" if is_public else secret


@transaction.atomic
def change_sign_in_client(
    *, client_id: str, name: str, redirect_uris: Sequence[str], scopes: Sequence[str]
) -> Client:
    """Change what it is called, where it is and what it may ask.

    What it may no longer ask, it learns no longer: its tokens with more are taken back. Raises
    NotFound and InvalidRequest.
    """
    client = _locked(client_id)
    _say(client, name=name, redirect_uris=redirect_uris, scopes=scopes)
    client.save()
    allowed = set(client.get_scopes())
    for token in Token.objects.filter(client=client):
        if not allowed.issuperset(token.get_scopes()):
            token.delete()
    return client


@transaction.atomic
def renew_secret(*, client_id: str) -> str:
    """A new secret in place of the old one, which opens nothing from now on. Raises NotFound."""
    client = _locked(client_id)
    if client.type == Client.Type.PUBLIC:
        raise InvalidRequest("An app that runs with the member has no secret.", field="secret")
    secret = _new_secret(client)
    client.save(update_fields=["secret"])
    return secret


@transaction.atomic
def stop_sign_in_client(*, client_id: str) -> int:
    """Nobody signs in there any more, and it learns nothing more of those who did; how many.

    It keeps its name and stays in the list. Giving it an address to return to starts it again,
    with a new secret.
    """
    client = _locked(client_id)
    members: int = Token.objects.filter(client=client).values("user").distinct().count()
    Token.objects.filter(client=client).delete()
    client.redirect_uris = ""
    _new_secret(client)
    client.save()
    return members


def _locked(client_id: str) -> Client:
    client: Client | None = Client.objects.select_for_update().filter(pk=client_id).first()
    if client is None:
        raise NotFound("There is no such shop or app.")
    return client


def _new_secret(client: Client) -> str:
    secret = f"secret_{secrets.token_urlsafe(32)}"
    client.set_secret(secret)
    return secret


def _say(client: Client, *, name: str, redirect_uris: Sequence[str], scopes: Sequence[str]) -> None:
    addresses = [address.strip() for address in redirect_uris if address.strip()]
    if not name.strip():
        raise InvalidRequest("Give it a name that members know.", field="name")
    if not addresses or len(addresses) > MOST_ADDRESSES:
        raise InvalidRequest(f"Between 1 and {MOST_ADDRESSES} addresses.", field="redirect_uris")
    for address in addresses:
        if not is_return_address(address):
            raise InvalidRequest(
                "An address to return to is https, or an app's own scheme, without * and #.",
                field="redirect_uris",
            )
    if unknown := set(scopes) - set(SCOPES):
        raise InvalidRequest(f"There is no scope {min(unknown)}.", field="scopes")
    client.name = name.strip()
    client.set_redirect_uris(addresses)
    client.set_scopes([scope for scope in SCOPES if scope in {"openid", *scopes}])
    client.set_default_scopes(["openid"])


def is_return_address(address: str) -> bool:
    """Whether a member may be sent back there: https, this machine, or an app's own scheme."""
    if any(sign in address for sign in "*#\\ \t\n\r"):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.username or parts.password:
        return False
    match parts.scheme:
        case "https":
            return bool(parts.hostname)
        case "http":
            return parts.hostname in LOOPBACK
        case scheme:
            return "." in scheme  # as RFC 8252 has it: the firm's domain turned round
