"""Tests: real PostgreSQL, mail in memory, the rest as in the demo."""

from config.oidc.keys import new_key
from config.push_key import new_push_key
from config.settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = "only-for-tests-" + "x" * 40
VOUCHER_KEY = "only-for-tests-too-" + "y" * 40
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
BASE_URL = "http://testserver"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEMO_MAILBOX = False
WHITENOISE_AUTOREFRESH = True
STAFF_SECOND_FACTOR = False  # the tests of the second factor put it on
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
IDP_OIDC_PRIVATE_KEY = new_key()
VAPID_PRIVATE_KEY = new_push_key()
