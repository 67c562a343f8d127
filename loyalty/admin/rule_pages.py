"""More pages about a rule. Apps above this one add theirs when they start."""

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest

from loyalty.models import EarningRule


class AboutRule(msgspec.Struct, frozen=True, kw_only=True):
    """One page: where it is for a rule, and who may open it."""

    key: str
    title: Any
    address: Callable[[EarningRule], str]
    permission: str
    place: int = 50


_pages: dict[str, AboutRule] = {}


def register_page(page: AboutRule) -> None:
    """Add a page to every rule."""
    _pages[page.key] = page


def pages_for(request: HttpRequest) -> list[AboutRule]:
    """The pages that this colleague may open, in their order."""
    allowed = [page for page in _pages.values() if request.user.has_perm(page.permission)]
    return sorted(allowed, key=lambda page: page.place)
