"""How members and staff prove who they are; what base.py has of sign-in comes from before this.

Two words of allauth: MFA is its name for all that is proved beside or instead of a password, the
passkeys included; IDP is what makes this house the identity provider of shops and apps.
"""

from config.env import env

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "members.passwords.LongEnough"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# How many proxies of ours stand before the application: only what these say of the caller's
# address is believed. Nought: X-Forwarded-For is what anybody may have written.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

ACCOUNT_CHANGE_EMAIL = True  # one address; the new one counts when it is proved
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # the others are signed out, not who changes it
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "guess": "6/15m/key",  # codes from a mail or an app, by the attempt to sign in
}

MFA_ADAPTER = "members.second_factor.SecondFactorAdapter"
# Nobody is signed in who proved no address, but colleagues; theirs is the administrator's word.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False

# Colleagues reach the console with a second factor only.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=True)
STAFF_IDLE_SECONDS = 30 * 60
STAFF_LONGEST_SECONDS = 12 * 60 * 60

IDP_OIDC_ADAPTER = "config.oidc.adapter.Adapter"
# RSA, as PEM; a "\n" may stand for the end of a line. Without one nobody signs in elsewhere with us.
IDP_OIDC_PRIVATE_KEY = env.str("IDP_OIDC_PRIVATE_KEY", default="").replace("\\n", "\n")
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 60 * 60
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 90 * 24 * 60 * 60
IDP_OIDC_ROTATE_REFRESH_TOKEN = True
IDP_OIDC_RP_INITIATED_LOGOUT_ASKS_FOR_OP_LOGOUT = True
