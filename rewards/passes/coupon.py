"""A voucher as Apple's coupon and as Google's offer. No name stands on it, so a lent phone tells none."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext

from loyalty.services.colours import text_on
from members.passes import apple, google
from members.passes.face import Face, rgb
from members.services.passes import PassUnknown
from rewards.models import Voucher

MEDIA_TYPE = apple.MEDIA_TYPE
LONGEST_TITLE = 60


def apple_file(voucher: Voucher, *, scanned: str, code: str, at: datetime) -> bytes:
    """The .pkpass file. Raises PassUnknown when Apple's keys are not there."""
    if settings.WALLET_APPLE is None:
        raise PassUnknown("This wallet is not offered.")
    certificate = apple.Certificate(**settings.WALLET_APPLE)
    said = _coupon(voucher, scanned, code, at)
    return apple.packed(said, face=_face(voucher, code), certificate=certificate)


def google_link(voucher: Voucher, *, scanned: str, code: str, at: datetime) -> str:
    """Where the member saves the voucher. Raises PassUnknown when Google's keys are not there."""
    if settings.WALLET_GOOGLE is None:
        raise PassUnknown("This wallet is not offered.")
    issuer = google.Issuer(**settings.WALLET_GOOGLE)
    return google.signed_link(_offer(voucher, scanned, code, at, issuer), issuer=issuer, at=at)


def _coupon(voucher: Voucher, scanned: str, code: str, at: datetime) -> dict[str, Any]:
    programme = voucher.reward.programme
    ink = text_on(programme.brand_colour)
    barcode = {"message": scanned, "messageEncoding": "iso-8859-1", "altText": code}
    return {
        "formatVersion": 1,
        "serialNumber": str(voucher.pk),
        "organizationName": programme.name,
        "logoText": programme.name,
        "description": _name(voucher),
        "sharingProhibited": voucher.membership_id is not None,
        "voided": not _works(voucher, at),
        "expirationDate": voucher.expires_at.isoformat(timespec="seconds"),
        "barcodes": [barcode | {"format": "PKBarcodeFormatQR"}],
        "coupon": {
            "primaryFields": [{"key": "offer", "label": "", "value": _name(voucher)}],
            "secondaryFields": [{"key": "code", "label": gettext("Code"), "value": code}],
            "auxiliaryFields": [_until(voucher)],
        },
        "backgroundColor": _rgb(programme.brand_colour),
        "foregroundColor": _rgb(ink),
        "labelColor": _rgb(ink),
    }


def _until(voucher: Voucher) -> dict[str, Any]:
    return {
        "key": "until",
        "label": gettext("Valid until"),
        "value": voucher.expires_at.isoformat(timespec="seconds"),
        "dateStyle": "PKDateStyleMedium",
    }


def _offer(
    voucher: Voucher, scanned: str, code: str, at: datetime, issuer: google.Issuer
) -> dict[str, Any]:
    """Class and object; the whole link stays short, so both say no more than is shown."""
    programme = voucher.reward.programme
    class_id = f"{issuer.number}.{programme.slug}-{voucher.reward.key}"[:120]
    ends = {"end": {"date": voucher.expires_at.isoformat(timespec="seconds")}}
    return {
        "offerClasses": [
            {
                "id": class_id,
                "issuerName": programme.name[:20],
                "provider": programme.name[:20],
                "title": _name(voucher),
                "redemptionChannel": "BOTH",
                "reviewStatus": "UNDER_REVIEW",
                "hexBackgroundColor": programme.brand_colour,
            }
        ],
        "offerObjects": [
            {
                "id": f"{issuer.number}.{voucher.pk.hex}",
                "classId": class_id,
                "state": "ACTIVE" if _works(voucher, at) else "COMPLETED",
                "barcode": {"type": "QR_CODE", "value": scanned, "alternateText": code},
                "validTimeInterval": ends,
            }
        ],
    }


def _works(voucher: Voucher, at: datetime) -> bool:
    return voucher.state == Voucher.State.ISSUED and voucher.expires_at > at


def _name(voucher: Voucher) -> str:
    reward = voucher.reward
    said = reward.name_nl if get_language() == "nl" else reward.name_en
    return said[:LONGEST_TITLE]


def _rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*rgb(colour))


def _face(voucher: Voucher, code: str) -> Face:
    """Whose pictures stand on it."""
    programme = voucher.reward.programme
    return Face(
        serial=voucher.pk,
        programme=programme.name,
        programme_key=programme.slug,
        card_number=code,
        points=0,
        points_label="",
        tier="",
        tier_label="",
        number_label="",
        colour=programme.brand_colour,
        accent=programme.accent_colour,
        logo=bytes(programme.logo) if programme.logo else None,
    )
