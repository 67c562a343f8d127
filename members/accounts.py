"""What happens around signing in: how allauth's logins become members."""

from contextlib import suppress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from members.access import become_member
from members.errors import IdentifierTaken
from members.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Logins by e-mailed code."""

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Every login that comes in through the portal's door is a member from then on."""
        if not user.is_staff:
            # Taken: the address is of a member with another login; portal:join tells so.
            with suppress(IdentifierTaken):
                become_member(
                    request, at=timezone.now(), **_told_by_provider(kwargs.get("signal_kwargs"))
                )
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def send_account_already_exists_mail(self, email: str) -> None:
        """To somebody who wants to join with an address that has joined: how to sign in."""
        address = self.request.build_absolute_uri(reverse("account_login"))
        self.send_mail("account/email/account_already_exists", email, {"login_url": address})


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Logins through a provider; an address that the provider did not verify opens nothing."""

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        return False

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """Our logins have an address and no names; names go to the member."""
        user: User = sociallogin.user
        user.email = (data.get("email") or "").strip().lower()
        return user


def _told_by_provider(signal_kwargs: dict[str, Any] | None) -> dict[str, str]:
    """The names that a provider told at this login, shortened to what fits."""
    login = (signal_kwargs or {}).get("sociallogin")
    if login is None:
        return {}
    told = login.account.get_provider().extract_common_fields(login.account.extra_data)
    return {
        "given_name": str(told.get("first_name") or "")[:100],
        "family_name": str(told.get("last_name") or "")[:100],
    }
