"""A real browser before the real pages, on a server that commits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.db import connections
from django.utils import timezone
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from tests.browser import FLAGS, chromium_path
from tests.portal.shop import Shop, open_shop

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE: ViewportSize = {"width": 360, "height": 780}
expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong
Scheme = Literal["light", "dark"]


@dataclass
class Visitor:
    """Somebody with a phone; keeps what their browser complained about."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        is_ours = message.location["url"].startswith(self.base)
        if is_ours and message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def barriers(self) -> list[str]:
        """What axe finds on this page."""
        options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        found = Axe().run(self.page, options=options).response["violations"]
        return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]

    def sideways(self) -> bool:
        """Whether the page is wider than the screen."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )

    def request_code(self, email: str) -> None:
        """Fill in the address on this page and take the code from the mail."""
        self.page.get_by_label("E-mailadres").fill(email)
        self.page.get_by_role("button", name="Stuur me een code").click()
        self.enter_code()

    def enter_code(self) -> None:
        field_ = self.page.get_by_label("Code uit de mail")
        field_.wait_for()
        [letter] = mail.outbox
        mail.outbox.clear()
        found = re.search(r"\d{4}-\d{4}", str(letter.body))
        assert found
        field_.fill(found[0])
        self.page.locator("main form button[type=submit]").first.click()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    patcher = pytest.MonkeyPatch()
    # Playwright's own loop runs in this thread; Django would take us for asynchronous code.
    patcher.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield chromium
        chromium.close()
    patcher.undo()


@pytest.fixture(autouse=True)
def _threads_close_their_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the server's threads would keep the test database from being dropped."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def shop(_threads_close_their_connections: None, transactional_db: None) -> Shop:
    return open_shop(at=timezone.now())


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, locale="nl")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def visitor(context: BrowserContext, live_server: LiveServer, shop: Shop) -> Visitor:
    visitor = Visitor(context.new_page(), live_server.url)
    visitor.page.on("console", visitor.hear)
    return visitor
