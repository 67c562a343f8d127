"""The demo on one machine: `make run`. Mail is kept in a local mailbox that the demo shows."""

from config.env import VAR, env
from config.oidc.keys import kept_key
from config.providers import sign_in_origins
from config.push_key import new_push_key
from config.settings.base import *  # noqa: F403
from config.settings.base import CONTENT_SECURITY_POLICY, SOCIALACCOUNT_PROVIDERS

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
VOUCHER_KEY = env.str("VOUCHER_KEY", default=SECRET_KEY)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin-allow-popups"

WEBHOOKS_MAY_BE_PRIVATE = env.bool("WEBHOOKS_MAY_BE_PRIVATE", default=True)  # to this machine
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=False)  # the logins are on the page
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # no TLS on this machine
IDP_OIDC_PRIVATE_KEY = env.str("IDP_OIDC_PRIVATE_KEY", default="").replace("\\n", "\n") or kept_key(
    VAR / "run" / "identity.pem"
)

VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="").replace("\\n", "\n") or kept_key(
    VAR / "run" / "push.pem", made=new_push_key
)

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
DEMO_MAILBOX = True

if _issuer := env.str("OIDC_DEMO_ISSUER", default=""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "demo",
                "name": "Demo-account",
                "client_id": "trouw",
                "secret": "trouw-demo",
                "settings": {"server_url": _issuer},
            }
        ],
    }
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = [
        "'self'",
        *sign_in_origins(SOCIALACCOUNT_PROVIDERS),
    ]
