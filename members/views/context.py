"""What every template may use."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from loyalty.models import Programme
from members.portal import brand_version, has_logo, portal_programme


def portal(request: HttpRequest) -> dict[str, Any]:
    """`programme` and its looks (asked for only when a template shows them), the demo's mailbox."""
    mailbox = reverse("demo:mailbox") if settings.DEMO_MAILBOX else ""
    programme: Any = SimpleLazyObject(lambda: _programme(request))
    return {
        "programme": programme,
        "brand_version": _later(lambda: brand_version(programme or Programme())),
        "has_logo": _later(lambda: bool(programme) and has_logo(programme)),
        "demo_mailbox": mailbox,
    }


def _later(ask: Callable[[], object]) -> Any:
    return SimpleLazyObject(ask)


def _programme(request: HttpRequest) -> Programme | None:
    membership = getattr(request, "membership", None)
    return membership.programme if membership else portal_programme()
