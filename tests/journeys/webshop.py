"""A small webshop that signs members in with us: what a shop developer writes, and no more."""

import base64
import hashlib
import json
import secrets
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt


class Webshop:
    """Discovery, authorization code with PKCE, state and nonce; the ID token checked by its key."""

    def __init__(self, issuer: str) -> None:
        self.issuer, self.client_id, self.secret = issuer, "", ""
        self.waiting: dict[str, tuple[str, str]] = {}  # state to (verifier, nonce)
        self.tokens: dict[str, Any] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def back(self) -> str:
        return f"{self.base}/back"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def discovered(self) -> dict[str, Any]:
        return dict(self.fetch(f"{self.issuer}/.well-known/openid-configuration"))

    def fetch(self, address: str, form: dict[str, str] | None = None, token: str = "") -> Any:
        request = urllib.request.Request(address, urlencode(form).encode() if form else None)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def start(self) -> str:
        """Where the button "Sign in" leads."""
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        self.waiting[state] = (verifier, nonce)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.back,
            "response_type": "code",
            "scope": "openid profile email loyalty",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{self.discovered()['authorization_endpoint']}?{urlencode(asked)}"

    def finish(self, query: str) -> str:
        """What the customer reads when they come back. Raises KeyError for a state not ours."""
        said = {name: values[0] for name, values in parse_qs(query).items()}
        verifier, nonce = self.waiting.pop(said["state"])
        if "error" in said:
            return f"Not signed in: {said['error']}"
        found = self.discovered()
        self.tokens = self.fetch(
            found["token_endpoint"],
            {
                "grant_type": "authorization_code",
                "code": said["code"],
                "redirect_uri": self.back,
                "client_id": self.client_id,
                "client_secret": self.secret,
                "code_verifier": verifier,
            },
        )
        token = self.tokens["id_token"]
        keys = jwt.PyJWKSet.from_dict(self.fetch(found["jwks_uri"]))
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token, key, algorithms=["RS256"], audience=self.client_id, issuer=found["issuer"]
        )
        if claims["nonce"] != nonce:
            return "Not signed in: nonce"
        member = self.fetch(f"{self.issuer}/api/v1/me", token=self.tokens["access_token"])
        points = member["balance"]["points"]
        return f"Signed in: {member['given_name']}, {points} points, {claims['sub']}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/":
                    self.send_response(302)
                    self.send_header("Location", shop.start())
                    self.end_headers()
                    return
                if parts.path != "/back":
                    self.send_error(404)
                    return
                try:
                    said, status = shop.finish(parts.query), 200
                except KeyError:
                    said, status = "Not signed in: state", 400
                self.send_response(status)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(f"<html><h1>{said}</h1></html>".encode())

            def log_message(self, *_args: Any) -> None:
                """Nobody reads it."""

        return Handler
