"""A shop that signs members in with us, by the addresses alone."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from allauth.idp.oidc.models import Client as App
from django.test import Client

BACK = "https://shop.example/back"
VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
ALL = "openid profile email loyalty"


@dataclass
class Webshop:
    """A shop that signs members in with us, in a browser."""

    app: App
    secret: str
    browser: Client

    def ask(self, **changes: Any) -> Any:
        said = {
            "client_id": self.app.pk,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": ALL,
            "state": "its-state",
            "nonce": "its-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        said |= changes
        return self.browser.get(
            "/identity/authorize", {name: value for name, value in said.items() if value}
        )

    def agree(self, action: str = "grant", **changes: Any) -> dict[str, str]:
        """What comes back at the shop's address when the member presses the button."""
        page = self.ask(**changes)
        assert page.status_code == 200, page
        form = page.context["form"]
        said = {"action": action, "request": form.initial["request"]}
        said["scopes"] = (
            form.fields["scopes"].initial
            or form.initial.get("scopes")
            or [value for value, _ in form.fields["scopes"].choices]
        )
        if "email" in form.fields:
            said["email"] = form.fields["email"].initial or form.initial.get("email") or ""
        answer = self.browser.post("/identity/authorize", said)
        assert answer.status_code == 302, answer.content.decode()
        assert answer["Location"].startswith(BACK)
        return {k: v[0] for k, v in parse_qs(urlsplit(answer["Location"]).query).items()}

    def token(self, **said: str) -> Any:
        said = {"client_id": self.app.pk, "client_secret": self.secret} | said
        return Client().post("/identity/token", said)

    def exchange(self, sent: str, **changes: str) -> Any:
        said = {
            "grant_type": "authorization_code",
            "code": sent,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        return self.token(**(said | changes))

    def tokens(self, **changes: Any) -> dict[str, Any]:
        answer = self.exchange(self.agree(**changes)["code"])
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        return told


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}
