"""By whom messages leave: a mail provider beside SMTP, and the key for browsers."""

from config.env import env

# A provider of django-anymail ("postmark", "brevo" …) instead of EMAIL_URL; its settings as JSON:
# ANYMAIL='{"POSTMARK_SERVER_TOKEN": "…", "WEBHOOK_SECRET": "name:password"}'.
MAIL_PROVIDER = env.str("MAIL_PROVIDER", default="")
ANYMAIL = env.json("ANYMAIL", default={})

# The private P-256 key (PEM) by which browsers know that a push is ours; empty: no push.
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="").replace("\\n", "\n")

# A provider of SMS that takes JSON over HTTP (docs/operate.md); empty: none is sent.
SMS_URL = env.str("SMS_URL", default="")
SMS_TOKEN = env.str("SMS_TOKEN", default="")
