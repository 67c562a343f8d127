"""Messages on this phone: the browser's own yes, kept or let go."""

import msgspec
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from campaigns.services.pushes import Browser, add_push, remove_push
from loyalty.errors import DomainError
from members.access import MemberRequest, require_member

LARGEST = 4096  # bytes; a subscription is a tenth of it


class Keys(msgspec.Struct, frozen=True):
    p256dh: str
    auth: str


class Subscription(msgspec.Struct, frozen=True):
    """What PushSubscription.toJSON() gives; without keys the browser is let go."""

    endpoint: str
    keys: Keys | None = None


@require_POST
@require_member
def push(request: MemberRequest) -> HttpResponse:
    """Keep the browser that asks, or let it go; 204, or 400 with what is wrong."""
    membership = request.membership
    if len(request.body) > LARGEST:
        return JsonResponse({"code": "invalid"}, status=400)
    try:
        said = msgspec.json.decode(request.body, type=Subscription)
        if said.keys is None:
            remove_push(membership_id=membership.pk, endpoint=said.endpoint)
        else:
            browser = Browser(endpoint=said.endpoint, p256dh=said.keys.p256dh, auth=said.keys.auth)
            add_push(membership_id=membership.pk, browser=browser, at=timezone.now())
    except (msgspec.DecodeError, DomainError):
        return JsonResponse({"code": "invalid"}, status=400)
    return HttpResponse(status=204)
