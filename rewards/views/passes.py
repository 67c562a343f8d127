"""A voucher in the phone's own wallet: a file for Apple's, a link for Google's."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import MemberRequest, require_member
from members.services.passes import PassUnknown
from rewards.passes.coupon import MEDIA_TYPE, apple_file, google_link
from rewards.views.vouchers import own_voucher, shown


@require_safe
@require_member
def apple(request: MemberRequest, voucher_id: UUID) -> HttpResponse:
    """The coupon as a file; one that no longer works is void in it."""
    face = shown(own_voucher(request, voucher_id), at=timezone.now())
    try:
        file = apple_file(face.voucher, scanned=face.scanned, code=face.code, at=timezone.now())
    except PassUnknown:
        raise Http404 from None
    headers = {"Content-Disposition": 'attachment; filename="voucher.pkpass"'}
    return HttpResponse(file, content_type=MEDIA_TYPE, headers=headers)


@require_safe
@require_member
def google(request: MemberRequest, voucher_id: UUID) -> HttpResponse:
    """To Google, with the offer in the link."""
    face = shown(own_voucher(request, voucher_id), at=timezone.now())
    try:
        link = google_link(face.voucher, scanned=face.scanned, code=face.code, at=timezone.now())
    except PassUnknown:
        raise Http404 from None
    return redirect(link)
