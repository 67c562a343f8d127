"""What makes the portal an app on the phone: its manifest, its service worker, its offline page."""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from loyalty.models import Programme
from members.portal import brand_version, portal_programme

PAPER = "#f8f5ef"
SHORTEST_NAME = 12  # what fits below an icon
ASSETS = (
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/pages.css",
    "css/portal.css",
    "js/portal.js",
    "fonts/figtree-latin-wght-normal.woff2",
)


@require_safe
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What the phone needs to put the programme's portal among its apps."""
    programme = portal_programme() or Programme(name="Trouw")
    version = brand_version(programme)
    said = {
        "id": "/",
        "name": programme.name,
        "short_name": programme.name[:SHORTEST_NAME].strip(),
        "description": gettext("Your card, your points and why you have them."),
        "lang": get_language(),
        "start_url": reverse("portal:home"),
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": programme.brand_colour,
        "icons": [_icon(size, version) for size in (192, 512)]
        + [_icon(512, version) | {"purpose": "maskable"}],
        "shortcuts": [
            {
                "name": gettext("Your card"),
                "url": reverse("portal:card"),
                "icons": [_icon(192, version)],
            }
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json")


@require_safe
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, with what it keeps; its text changes whenever that does."""
    programme = portal_programme() or Programme()
    offline = reverse("portal:offline")
    sheet = f"{reverse('portal:brand')}?v={brand_version(programme)}"
    kept = [*(static(asset) for asset in ASSETS), sheet, offline]
    digest = hashlib.sha256(f"{kept} {_contents()} {get_language()}".encode()).hexdigest()[:12]
    said = {
        "version": digest,
        "kept": json.dumps(kept),
        "signed_out": json.dumps([reverse("account_logout"), reverse("account_login")]),
        "card": reverse("portal:card"),
        "offline": offline,
        "push_icon": _icon(192, brand_version(programme))["src"],
    }
    script = render_to_string("portal/sw.js", said)
    headers = {"Service-Worker-Allowed": "/"}
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers=headers)


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Shown when there is no line; it knows nobody."""
    return render(request, "portal/offline.html")


def _icon(size: int, version: str) -> dict[str, str]:
    return {
        "src": f"{reverse('portal:icon_png', args=[size])}?v={version}",
        "sizes": f"{size}x{size}",
        "type": "image/png",
    }


@cache
def _contents() -> str:
    """What is in the assets: their addresses change with it only where they are hashed."""
    seen = hashlib.sha256()
    for asset in ASSETS:
        if found := finders.find(asset):
            seen.update(Path(found).read_bytes())
    return seen.hexdigest()
