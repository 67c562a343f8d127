"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from loyalty.models import Programme
from members.portal import portal_programme


def portal(request: HttpRequest) -> dict[str, Any]:
    """`programme` (asked for only when a template shows it) and the demo's mailbox."""
    mailbox = reverse("demo:mailbox") if settings.DEMO_MAILBOX else ""
    return {"programme": SimpleLazyObject(lambda: _programme(request)), "demo_mailbox": mailbox}


def _programme(request: HttpRequest) -> Programme | None:
    membership = getattr(request, "membership", None)
    return membership.programme if membership else portal_programme()
