"""Tests: real PostgreSQL, mail in memory, the rest as in the demo."""

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
