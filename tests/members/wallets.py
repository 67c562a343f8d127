"""A certificate authority as Apple's, and a Google that stands on this machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@dataclass
class Authority:
    """Signs a certificate for passes, as Apple does."""

    key: rsa.RSAPrivateKey = field(default_factory=rsa_key)
    leaf_key: rsa.RSAPrivateKey = field(default_factory=rsa_key)

    def __post_init__(self) -> None:
        self.root = self._certificate("Test authority", self.key, is_authority=True)
        self.leaf = self._certificate("Pass type", self.leaf_key, is_authority=False)

    def settings(self) -> dict[str, str]:
        return {
            "pass_type": "pass.nl.kleur",
            "team": "TEAM123456",
            "certificate": self.pem(self.leaf),
            "key": pem_of(self.leaf_key),
            "password": "",
            "intermediate": self.pem(self.root),
        }

    def pem(self, certificate: x509.Certificate) -> str:
        return certificate.public_bytes(serialization.Encoding.PEM).decode()

    def _certificate(
        self, name: str, key: rsa.RSAPrivateKey, *, is_authority: bool
    ) -> x509.Certificate:
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )


@dataclass
class Google:
    """Keeps what it was asked, and answers as Google's service does."""

    address: str
    status: int = 200
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def google_on_this_machine() -> Iterator[Google]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = self.path.endswith("/addMessage")
            self._take("POST", google.status if told else 200, {"access_token": "t-1"})

        def do_PATCH(self) -> None:
            self._take("PATCH", google.status, {})

        def _take(self, method: str, status: int, answer: dict[str, Any]) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said = {} if self.path == "/token" else json.loads(body)
            said["authorization"] = self.headers.get("Authorization", "")
            google.asked.append((method, self.path, said))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *said: Any) -> None:
            """Not in the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    google = Google(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
