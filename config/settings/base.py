"""What is the same everywhere; production, demo and test say only what differs."""

from typing import Any

import django_stubs_ext
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from config.database import broker_transport, database_settings
from config.env import ROOT, VAR, env
from config.logs import LOGGING, log_as_json  # noqa: F401
from config.providers import sign_in_origins
from config.schedule import SCHEDULE
from config.settings.console import UNFOLD  # noqa: F401
from config.settings.identity import *  # noqa: F403
from config.settings.messaging import *  # noqa: F403
from config.settings.messaging import MAIL_PROVIDER
from config.settings.wallets import *  # noqa: F403

django_stubs_ext.monkeypatch()
log_as_json()

# --- Apps and middleware ---------------------------------------------------------------------

INSTALLED_APPS = [
    "config",
    "loyalty",
    "members",
    "rewards",
    "campaigns",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.idp.oidc",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.apple",
    "allauth.socialaccount.providers.facebook",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.microsoft",
    "allauth.socialaccount.providers.openid_connect",
    "anymail",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

# Pages carry sessions, languages and messages; the API goes round all of it.
MIDDLEWARE = [
    "config.requests.EveryRequest",
    "config.api.door.ApiDoor",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.csp.PolicyByPath",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.staff.StaffSessions",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "members.views.context.portal",
            ],
        },
    },
]

# --- Database --------------------------------------------------------------------------------

DATABASE_APP_ROLE = "trouw_app"
DATABASE_READER_ROLE = "trouw_reader"  # sees the views in the schema reporting, nothing else
DATABASES = {"default": database_settings(app_role=DATABASE_APP_ROLE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "config_cache",
    }
}

# --- Who may come in -------------------------------------------------------------------------

AUTH_USER_MODEL = "members.User"
# E-mail addresses are unique by a constraint on lower(email), which the check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("portal:home")

ACCOUNT_ADAPTER = "members.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # a mail may take its time
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_FORMS = {
    "add_email": "members.forms.NewAddressForm",
    "login": "members.forms.LoginForm",
    "reset_password": "members.forms.ResetPasswordForm",
    "request_login_code": "members.forms.RequestLoginCodeForm",
    "signup": "members.forms.SignupForm",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = reverse_lazy("portal:home")
ACCOUNT_SESSION_REMEMBER = True

SOCIALACCOUNT_ADAPTER = "members.accounts.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_FORMS = {"signup": "members.forms.SocialSignupForm"}
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
for _provider in ("google", "apple", "facebook", "microsoft"):
    if _client_id := env.str(f"{_provider.upper()}_CLIENT_ID", default=""):
        _app = {"client_id": _client_id, "secret": env.str(f"{_provider.upper()}_SECRET")}
        if _provider == "apple":
            _app |= {
                "key": env.str("APPLE_KEY"),
                "settings": {"certificate_key": env.str("APPLE_CERTIFICATE_KEY")},
            }
        SOCIALACCOUNT_PROVIDERS[_provider] = {"APPS": [_app], "OAUTH_PKCE_ENABLED": True}
if _issuer := env.str("OIDC_ISSUER", default=""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": env.str("OIDC_ID", default="oidc"),
                "name": env.str("OIDC_NAME", default="OpenID Connect"),
                "client_id": env.str("OIDC_CLIENT_ID"),
                "secret": env.str("OIDC_SECRET"),
                "settings": {"server_url": _issuer},
            }
        ],
    }

# --- Languages and time ----------------------------------------------------------------------

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Dutch")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale", ROOT / "locale" / "packages"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"

# --- Files -----------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = VAR / "static"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=200_000_000)  # of a file of members

# --- Security --------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        # Chromium holds also the redirect to the provider that follows a form to this rule.
        "form-action": ["'self'", *sign_in_origins(SOCIALACCOUNT_PROVIDERS)],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# Who may read /metrics; empty: only who asks on this machine itself.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Where the house is found from outside: links in messages begin with it.
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000")

# --- Mail ------------------------------------------------------------------------------------

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
if MAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
DEMO_MAILBOX = False
EMAIL_FILE_PATH = str(VAR / "mail")  # where the demo keeps its mail
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Trouw <noreply@localhost>")
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

# --- Webhooks --------------------------------------------------------------------------------

# Only to the internet, over https; a house that tells systems beside it may say otherwise.
WEBHOOKS_MAY_BE_PRIVATE = env.bool("WEBHOOKS_MAY_BE_PRIVATE", default=False)

# --- Work that can wait ----------------------------------------------------------------------

CELERY_BROKER_URL = env.str("BROKER_URL", default="pgmq://")
CELERY_BROKER_TRANSPORT_OPTIONS = broker_transport(CELERY_BROKER_URL, app_role=DATABASE_APP_ROLE)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_BEAT_SCHEDULER = "config.beat:SteadyScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "run" / "beat")

# --- API -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["config.api.auth.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["config.api.auth.HasScope"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "config.api.negotiation.FirstOffered",
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.Schema",
    "EXCEPTION_HANDLER": "config.api.errors.problem_response",
    "UNAUTHENTICATED_USER": None,
    "URL_FIELD_NAME": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Trouw",
    "DESCRIPTION": "Loyalty for webshop, till and app: earn, explain, redeem.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
API_MAX_BODY_BYTES = 8 * 1024 * 1024

# The key from which voucher codes are made; changing it makes the open ones unreadable.
VOUCHER_KEY = env.str("VOUCHER_KEY", default="")

# With what members' exports are signed: 32 bytes in base 64; empty: a key made from SECRET_KEY.
EXPORT_SIGNING_KEY = env.str("EXPORT_SIGNING_KEY", default="")
