"""What happens around signing in: how allauth's logins become members, and what is told of them."""

from contextlib import suppress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.access import become_member
from members.errors import IdentifierTaken
from members.models import User
from members.services.logins import move_address, sign_out_everywhere
from members.services.outgoing import ServiceMail, mail

# What allauth tells of by mail, by the name of its letter; all of these go out in one of ours.
CHANGES = {
    "account/email/email_changed": _("Your e-mail address was changed."),
    "account/email/password_changed": _("Your password was changed."),
    "account/email/password_removed": _("Your password was removed."),
    "account/email/password_reset": _("Your password was set anew with a code from the mail."),
    "account/email/password_set": _("A password was set."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made; the old ones are void."),
    "mfa/email/totp_activated": _("An authenticator app was added."),
    "mfa/email/totp_deactivated": _("The authenticator app was removed."),
    "mfa/email/webauthn_added": _("A passkey was added."),
    "mfa/email/webauthn_removed": _("A passkey was removed."),
    "socialaccount/email/account_connected": _("Another way to sign in was linked."),
    "socialaccount/email/account_disconnected": _("A linked way to sign in was removed."),
}
FACTORS_ADDED = {"mfa/email/totp_activated": "totp", "mfa/email/webauthn_added": "webauthn"}
PROOFS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use your authenticator app"),
    "mfa_reauthenticate:webauthn": _("Use your passkey"),
}
TAKEN = _("This address belongs to another membership. Ask in the shop to make one of the two.")

NOT_MAILED = _("Our mail could not be sent. Try again in a while, or use another address.")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Logins by e-mailed code, passkey or password."""

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Every login that comes in through the portal's door is a member from then on."""
        if not get_authentication_records(request, user):
            record_authentication(request, user, method="code")  # joining by a code leaves no trace
        if not user.is_staff:
            # Taken: the address is of a member with another login; portal:join tells so.
            with suppress(IdentifierTaken):
                become_member(
                    request, at=timezone.now(), **_told_by_provider(kwargs.get("signal_kwargs"))
                )
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """A proved address becomes how the member is found; somebody else's stays theirs."""
        user_id, email = email_address.user_id, email_address.email
        try:
            with transaction.atomic():
                move_address(user_id=user_id, email=email, at=timezone.now())
                is_confirmed = bool(super().confirm_email(request, email_address))
                transaction.set_rollback(not is_confirmed)
        except IdentifierTaken:
            messages.error(request, TAKEN)
            return False
        return is_confirmed

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """The ways to show once more that it is you, in our words."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        for way in ways:
            way["description"] = PROOFS.get(way["id"], way["description"])
        return ways

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every letter of the sign-in leaves by the gate; the person is told when it did not."""
        said = {"request": self.request, "email": email} | context
        made = self.render_mail(template_prefix, email, said)
        pages = [each.content for each in getattr(made, "alternatives", [])]
        letter = ServiceMail(
            to=email,
            subject=made.subject,
            text=made.body,
            html=str(pages[0]) if pages else "",
            letter=template_prefix.rpartition("/")[2],
        )
        if not mail(mail=letter, at=timezone.now()):
            messages.error(self.request, NOT_MAILED)

    def send_account_already_exists_mail(self, email: str) -> None:
        """To somebody who wants to join with an address that has joined: how to sign in."""
        address = self.request.build_absolute_uri(reverse("account_login"))
        self.send_mail("account/email/account_already_exists", email, {"login_url": address})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """The ways in have changed: all other ways are closed, and the owner is told by mail."""
        session = self.request.session if self.request.user.is_authenticated else None
        sign_out_everywhere(user_id=user.pk, keep_session=(session and session.session_key) or "")
        if kind := FACTORS_ADDED.get(template_prefix):
            # Adding it was showing it; who they are had been asked before.
            record_authentication(self.request, user, method="mfa", type=kind, reauthenticated=True)
        said: dict[str, Any] = {
            "change": CHANGES.get(template_prefix, _("Your way of signing in was changed."))
        }
        said |= {"at": timezone.now(), "browser": self.get_http_user_agent(self.request)[:200]}
        self.send_mail("account/email/security", email or user.email, said)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Logins through a provider; an address that the provider did not verify opens nothing."""

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        return False

    def get_app(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> SocialApp:
        """The house's key at the provider; there is no such page without one."""
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist as unknown:
            raise Http404 from unknown

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
