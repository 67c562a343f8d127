"""A member's card for the phone's wallet, and what Apple's wallet asks afterwards."""

import json
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from members.access import MemberRequest, require_member
from members.passes.apple import MEDIA_TYPE
from members.services import passes

SCHEME = "ApplePass "
LONGEST_BODY = 4_000


@require_safe
@require_member
def apple_pass(request: MemberRequest) -> HttpResponse:
    try:
        file = passes.apple_pass(
            membership=request.membership, service=_service(request), at=timezone.now()
        )
    except passes.PassUnknown as unknown:
        raise Http404 from unknown
    return _file(file)


@require_safe
@require_member
def google_pass(request: MemberRequest) -> HttpResponse:
    try:
        return redirect(passes.google_link(membership=request.membership, at=timezone.now()))
    except passes.PassUnknown as unknown:
        raise Http404 from unknown


# Phones come without a session; each request proves itself by the token that is in its pass.
@method_decorator(csrf_exempt, name="dispatch")
class AppleService(View):
    """The five addresses that Apple's Wallet Web Service Reference lays down."""

    def dispatch(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        try:
            answer: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[assignment]
        except passes.PassUnknown:
            return HttpResponse(status=401)
        return answer


class Registration(AppleService):
    """A phone registers for a pass, or takes that back."""

    def post(self, request: HttpRequest, device: str, pass_type: str, serial: UUID) -> HttpResponse:
        is_new = passes.register_device(
            serial=serial,
            token=_token(request),
            device=device,
            push_token=_push_token(request),
            at=timezone.now(),
        )
        return HttpResponse(status=201 if is_new else 200)

    def delete(
        self, request: HttpRequest, device: str, pass_type: str, serial: UUID
    ) -> HttpResponse:
        passes.forget_device(serial=serial, token=_token(request), device=device)
        return HttpResponse(status=200)


class Changed(AppleService):
    """Which passes of a phone changed since it last asked."""

    def get(self, request: HttpRequest, device: str, pass_type: str) -> HttpResponse:
        since = _moment(request.GET.get("passesUpdatedSince", ""))
        changed = passes.changed_passes(device=device, since=since)
        if not changed:
            return HttpResponse(status=204)
        newest = changed[-1].changed_at.isoformat()
        serials = [str(card.serial) for card in changed]
        return JsonResponse({"lastUpdated": newest, "serialNumbers": serials})


class Latest(AppleService):
    """The newest file of a pass."""

    def get(self, request: HttpRequest, pass_type: str, serial: UUID) -> HttpResponse:
        file = passes.apple_pass_again(
            serial=serial, token=_token(request), service=_service(request), at=timezone.now()
        )
        return _file(file)


class Log(AppleService):
    """What a phone has to complain of; taken, and not kept: it may name the member's device."""

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=200)


def _file(file: bytes) -> HttpResponse:
    return HttpResponse(
        file,
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="card.pkpass"'},
    )


def _service(request: HttpRequest) -> str:
    """Without the "v1/…" that Apple's wallet puts behind it."""
    return request.build_absolute_uri(reverse("portal:pass_log").removesuffix("v1/log"))


def _token(request: HttpRequest) -> str:
    said = request.headers.get("Authorization", "")
    return said.removeprefix(SCHEME) if said.startswith(SCHEME) else ""


def _push_token(request: HttpRequest) -> str:
    try:
        said = json.loads(request.body[:LONGEST_BODY])
    except ValueError:
        return ""
    return str(said.get("pushToken", "")) if isinstance(said, dict) else ""


def _moment(text: str) -> datetime | None:
    """What we said as `lastUpdated`; anything else asks for all."""
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None
