"""What the till's page needs to go on without a line, and how it brings what it noted."""

import hashlib
import json
from functools import cache
from pathlib import Path

import msgspec
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loyalty.errors import DomainError, InvalidRequest
from members.selectors import read_typed
from rewards.offline.entries import Entry, Journal
from rewards.services.offline.journal import upload_journal
from rewards.services.offline.packs import issue_pack
from rewards.views.till_access import (
    TillRequest,
    require_colleague,
    require_till,
    tills_of_the_house,
)

SHEETS = ("tokens", "base", "components", "pages", "portal", "joining", "till")
SCRIPTS = ("offline", "store", "sound", "ticket", "camera", "line", "page", "wedge")
ASSETS = (
    *(f"css/{name}.css" for name in SHEETS),
    *(f"js/till/{name}.js" for name in SCRIPTS),
    "vendor/jsqr.js",
    "fonts/figtree-latin-wght-normal.woff2",
)


@require_POST
@require_till
def till_pack(request: TillRequest) -> HttpResponse:
    """All that this till needs to check vouchers by itself, as JSON."""
    pack = issue_pack(till_id=request.till.pk, actor=request.actor, at=timezone.now())
    return HttpResponse(msgspec.json.encode(pack), content_type="application/json")


@require_POST
@require_colleague
def till_journal(request: HttpRequest) -> HttpResponse:
    """Book what a till of the house noted without a line; an answer for each entry."""
    try:
        journal = msgspec.json.decode(request.body, type=Journal)
        till = next(one for one in tills_of_the_house() if one.key == journal.till)
        entries = tuple(_named(entry) for entry in journal.entries)
        answer = upload_journal(
            till_id=till.pk,
            journal=msgspec.structs.replace(journal, entries=entries),
            at=timezone.now(),
        )
    except (msgspec.ValidationError, msgspec.DecodeError, StopIteration):
        return JsonResponse({"code": "invalid_request"}, status=400)
    except DomainError as refusal:
        return JsonResponse({"code": refusal.code}, status=refusal.status)
    return HttpResponse(msgspec.json.encode(answer), content_type="application/json")


@require_safe
@never_cache
def till_worker(request: HttpRequest) -> HttpResponse:
    """The till's own service worker; its text changes whenever what it keeps does."""
    page = reverse("portal:till_offline")
    # A module imports its neighbours by their plain names, also where files are hashed.
    plain = [f"{settings.STATIC_URL}{asset}" for asset in ASSETS if asset.endswith(".js")]
    kept = list(
        dict.fromkeys([*(static(asset) for asset in ASSETS), *plain, reverse("portal:brand"), page])
    )
    digest = hashlib.sha256(f"{kept} {_contents()} {get_language()}".encode()).hexdigest()[:12]
    said = {"version": digest, "kept": json.dumps(kept), "page": page}
    script = render_to_string("till/sw.js", said)
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_safe
def till_offline(request: HttpRequest) -> HttpResponse:
    """The till without a line; it knows nobody."""
    sheets = [
        *(static(f"css/{name}.css") for name in SHEETS[:1]),
        reverse("portal:brand"),
        *(static(f"css/{name}.css") for name in SHEETS[1:]),
    ]
    return render(request, "till/offline.html", {"sheets": sheets})


def _named(entry: Entry) -> Entry:
    """The entry with its customer as the books name one; what nobody can be called stays."""
    typed = entry.body.member
    if not typed or ":" in typed:
        return entry
    try:
        member = str(read_typed(typed))
    except InvalidRequest:
        return entry
    return msgspec.structs.replace(entry, body=msgspec.structs.replace(entry.body, member=member))


@cache
def _contents() -> str:
    """What is in the assets: their addresses change with it only where they are hashed."""
    seen = hashlib.sha256()
    for asset in ASSETS:
        if found := finders.find(asset):
            seen.update(Path(found).read_bytes())
    return seen.hexdigest()
