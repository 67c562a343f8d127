"""What shops and apps learn of a member who signs in with us."""

import secrets
from collections.abc import Iterable
from typing import Any, Literal

from allauth.account.models import EmailAddress
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client
from django.utils import timezone

from members.app_scopes import SCOPES, membership_of_login
from members.models import Member, User
from members.selectors import card_number, id_in, tiers_of


class Adapter(DefaultOIDCAdapter):  # type: ignore[misc]
    """Names members by their public id, and says no more than the scopes that they agreed to."""

    scope_display = {name: scope.sentence for name, scope in SCOPES.items()}

    def generate_client_secret(self) -> str:
        return f"secret_{secrets.token_urlsafe(32)}"

    def get_user_sub(self, client: Client, user: User) -> str:
        """The member's id: never the login's, which is how we count."""
        return str(Member.objects.values_list("pk", flat=True).get(user=user))

    def get_user_by_sub(self, client: Client, sub: str) -> User | None:
        """The login of that member; of whom a merge absorbed, the login of the kept one."""
        member = _member(sub)
        if member is None or member.user is None or not member.user.is_active:
            return None
        return member.user

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: User,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """`sub`, and per scope: profile (name, language), email, loyalty (member, card, tiers)."""
        member, said = Member.objects.get(user=user), set(scopes)
        claims: dict[str, Any] = {"sub": str(member.pk)}
        if "profile" in said:
            claims |= _profile(member)
        if "email" in said and (address := EmailAddress.objects.get_primary(user)):
            claims |= {"email": address.email, "email_verified": address.verified}
        if "loyalty" in said:
            claims |= _loyalty(user)
        return claims

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        """Say what we do, and not all that the library could."""
        data.pop("device_authorization_endpoint", None)
        data["scopes_supported"] = list(SCOPES)
        data["grant_types_supported"] = ["authorization_code", "refresh_token"]
        data["response_types_supported"] = ["code"]
        data["prompt_values_supported"] = ["login", "consent"]


def _member(sub: str) -> Member | None:
    """The member with that id, or the one that a merge made of them."""
    member_id = id_in(sub)
    people = Member.objects.select_related("user")
    member = people.filter(pk=member_id).first() if member_id else None
    while member is not None and member.merged_into_id is not None:
        member = people.filter(pk=member.merged_into_id).first()
    return member


def _profile(member: Member) -> dict[str, str]:
    names = {
        "name": f"{member.given_name} {member.family_name}".strip(),
        "given_name": member.given_name,
        "family_name": member.family_name,
        "locale": member.language,
    }
    return {claim: value for claim, value in names.items() if value}


def _loyalty(user: User) -> dict[str, Any]:
    membership = membership_of_login(user)
    if membership is None:
        return {}
    language = "en" if membership.member.language == "en" else "nl"
    tiers = tiers_of(membership, language, at=timezone.now())
    return {
        "member_id": str(membership.member_id),
        "card_number": card_number(membership.member_id),
        "tiers": [held.tier_name for held in tiers if held.tier_name],
    }
