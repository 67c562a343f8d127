"""Somebody else's server: it answers as it is told and keeps what it was sent."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What came in, and what to answer: a status, headers, and when to go on."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    waits_for: threading.Event | None = None
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    arrived: Callable[[], None] = lambda: None


@contextmanager
def receiver(**answer: Any) -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    kept = Receiver(**answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
            kept.arrived()
            if kept.waits_for:
                kept.waits_for.wait(30)
            self.send_response(kept.status)
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/hook?from=trouw"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        if kept.waits_for:
            kept.waits_for.set()
        server.shutdown()
        server.server_close()
        thread.join()
