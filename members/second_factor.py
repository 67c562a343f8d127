"""The second factor: what it is called, how its secrets are kept, and whether it was shown."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext

from loyalty.sealing import seal, unseal
from members.models import User
from members.portal import portal_programme

PURPOSE = "second factor"
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Names things as the member knows them, and keeps no secret in the clear."""

    def get_totp_issuer(self) -> str:
        return _name_of_the_house()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": _name_of_the_house()}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose=PURPOSE)


def has_second_factor(user: User) -> bool:
    """Whether the login has a passkey or an authenticator app; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def has_shown_second_factor(request: HttpRequest) -> bool:
    """Whether whoever is signed in has shown a second factor in this session, and still has one.

    True for everybody where settings.STAFF_SECOND_FACTOR asks for none. One query per request.
    """
    if not settings.STAFF_SECOND_FACTOR:
        return True
    kept: bool | None = getattr(request, "_second_factor", None)
    if kept is None:
        kept = _has_shown(request)
        request._second_factor = kept  # type: ignore[attr-defined]  # noqa: SLF001  our own note
    return kept


def _has_shown(request: HttpRequest) -> bool:
    user = request.user
    if not isinstance(user, User):
        return False
    shown: list[dict[str, Any]] = get_authentication_records(request, user)
    return any(step.get("method") == "mfa" for step in shown) and has_second_factor(user)


def _name_of_the_house() -> str:
    programme = portal_programme()
    return programme.name if programme else "Trouw"
