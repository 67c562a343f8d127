"""What Apple and Google gave for cards in a phone's wallet; without it there are no such buttons."""

import json

from config.env import env

WALLET_APPLE: dict[str, str] | None = None
if _pass_type := env.str("APPLE_PASS_TYPE", default=""):
    WALLET_APPLE = {
        "pass_type": _pass_type,
        "team": env.str("APPLE_PASS_TEAM"),
        "certificate": env.str("APPLE_PASS_CERTIFICATE", multiline=True),
        "key": env.str("APPLE_PASS_KEY", multiline=True),
        "password": env.str("APPLE_PASS_KEY_PASSWORD", default=""),
        "intermediate": env.str("APPLE_PASS_INTERMEDIATE", multiline=True),
    }

WALLET_GOOGLE: dict[str, str] | None = None
if _issuer := env.str("GOOGLE_WALLET_ISSUER", default=""):
    _account = json.loads(env.str("GOOGLE_WALLET_ACCOUNT"))  # the service account's JSON file
    WALLET_GOOGLE = {
        "number": _issuer,
        "email": _account["client_email"],
        "key": _account["private_key"],
    }
