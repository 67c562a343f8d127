"""Where the sign-in providers live that the environment has keys for."""

from typing import Any
from urllib.parse import urlsplit

ORIGINS = {
    "google": "https://accounts.google.com",
    "apple": "https://appleid.apple.com",
    "facebook": "https://www.facebook.com",
    "microsoft": "https://login.microsoftonline.com",
}


def sign_in_origins(providers: dict[str, Any]) -> list[str]:
    """The origins to which a sign-in button sends the browser, for the policy on forms."""
    branded = [ORIGINS[name] for name in providers if name in ORIGINS]
    apps = providers.get("openid_connect", {}).get("APPS", [])
    return branded + [_origin(app["settings"]["server_url"]) for app in apps]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
