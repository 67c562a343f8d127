"""Which of allauth's pages are reachable: those that a member needs, each with a page of ours.

Telephone numbers, confirmation by link and the raw lists of addresses, keys and sessions are not:
/me/security/ has what is in them.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from allauth.urls import build_provider_urlpatterns
from django.urls import URLPattern, URLResolver, include, path

from members.views.proving import guesses_bounded, prove, proved_lately
from members.views.security import change_address, password_login, remove_password, to_security

_signing_in: list[URLPattern] = [
    path("login/", account.login, name="account_login"),
    path("login/password/", password_login, name="account_login_password"),
    path("login/code/", account.request_login_code, name="account_request_login_code"),
    path(
        "login/code/confirm/",
        guesses_bounded(account.confirm_login_code),
        name="account_confirm_login_code",
    ),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),
    path("signup/passkey/", account.signup_by_passkey, name="account_signup_by_passkey"),
    path(
        "confirm-email/",
        guesses_bounded(account.email_verification_sent),
        name="account_email_verification_sent",
    ),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("prove/", prove, name="account_prove"),
]

_address_and_password: list[URLPattern] = [
    path("email/", proved_lately(change_address), name="account_email"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", proved_lately(account.password_set), name="account_set_password"),
    path("password/remove/", remove_password, name="account_remove_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path(
        "password/reset/confirm/",
        guesses_bounded(account.confirm_password_reset_code),
        name="account_confirm_password_reset_code",
    ),
    path(
        "password/reset/complete/",
        account.complete_password_reset,
        name="account_complete_password_reset",
    ),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_password_reset_completed",
    ),
]

_second_factor: list[URLPattern] = [
    path("", to_security, name="mfa_index"),
    path("authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("totp/activate/", proved_lately(totp.activate_totp), name="mfa_activate_totp"),
    path("totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "recovery-codes/generate/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "recovery-codes/download/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("passkeys/", to_security, name="mfa_list_webauthn"),
    path("passkeys/add/", proved_lately(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path(
        "passkeys/reauthenticate/",
        webauthn.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path("passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("passkeys/<int:pk>/name/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("passkeys/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("passkeys/signup/", webauthn.signup_webauthn, name="mfa_signup_webauthn"),
]

_elsewhere: list[URLPattern] = [
    path("login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("login/error/", social.login_error, name="socialaccount_login_error"),
    path("signup/", social.signup, name="socialaccount_signup"),
    path("connections/", proved_lately(social.connections), name="socialaccount_connections"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    *_signing_in,
    *_address_and_password,
    path("2fa/", include(_second_factor)),
    path("3rdparty/", include(_elsewhere)),
    *build_provider_urlpatterns(),
]
