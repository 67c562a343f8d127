"""Google Wallet: a signed link by which the member saves the card, and calls that renew it.

After Google's "Loyalty cards" guide: a JWT with the class and the object; the whole link has to
stay under 1,800 characters, so both say no more than is shown.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import msgspec
import requests

from members.passes.face import Face

LONGEST_LINK = 1_800
SAVE = "https://pay.google.com/gp/v/save/"
API = "https://walletobjects.googleapis.com/walletobjects/v1/"
_TOKENS = "https://oauth2.googleapis.com/token"
_SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_PATIENCE = 10  # seconds


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """What Google gave: the issuer's number, and the address and key of a service account.

    The addresses are Google's own, unless a test stands in for them.
    """

    number: str
    email: str
    key: str
    save_url: str = SAVE
    api_url: str = API
    token_url: str = _TOKENS


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A short message on a saved card; one of the same `key` replaces the earlier."""

    serial: UUID
    key: str
    header: str
    text: str


class GoogleRefused(Exception):
    """Google did not take it; the message is its status."""


def save_link(face: Face, *, issuer: Issuer, at: datetime) -> str:
    """Where the member goes to save the card. Raises ValueError when it would be too long."""
    payload = {"loyaltyClasses": [_class(face, issuer)], "loyaltyObjects": [_object(face, issuer)]}
    return signed_link(payload, issuer=issuer, at=at)


def signed_link(payload: dict[str, Any], *, issuer: Issuer, at: datetime) -> str:
    """Where the member goes to save these. Raises ValueError when it would be too long."""
    claims = {
        "iss": issuer.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(at.timestamp()),
        "payload": payload,
    }
    link = issuer.save_url + jwt.encode(claims, issuer.key, algorithm="RS256")
    if len(link) > LONGEST_LINK:
        raise ValueError(f"The link has {len(link)} characters; Google takes {LONGEST_LINK}.")
    return link


def renew(faces: list[Face], *, issuer: Issuer, at: datetime) -> None:
    """Let the saved cards show what they now should. Raises GoogleRefused.

    A card that was never saved in the end is unknown to Google; that is no failure.
    """
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {_access_token(session, issuer, at)}"
        for face in faces:
            answer = session.patch(
                f"{issuer.api_url}loyaltyObject/{_object_id(face, issuer)}",
                json=_changing(face),
                timeout=_PATIENCE,
                allow_redirects=False,
            )
            if answer.status_code not in (requests.codes.ok, requests.codes.not_found):
                raise GoogleRefused(str(answer.status_code))


def tell(notices: Sequence[Notice], *, issuer: Issuer, at: datetime) -> list[bool]:
    """Put each message on its saved card, with a sign on the phone; whether Google took it.

    Raises GoogleRefused when Google lets us do nothing at all.
    """
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {_access_token(session, issuer, at)}"
        return [_told(notice, session, issuer) for notice in notices]


def _told(notice: Notice, session: requests.Session, issuer: Issuer) -> bool:
    said = {"header": notice.header, "body": notice.text, "id": notice.key}
    try:
        answer = session.post(
            f"{issuer.api_url}loyaltyObject/{issuer.number}.{notice.serial.hex}/addMessage",
            json={"message": {**said, "messageType": "TEXT_AND_NOTIFY"}},
            timeout=_PATIENCE,
            allow_redirects=False,
        )
    except requests.RequestException:
        return False
    return bool(answer.status_code == requests.codes.ok)


def _access_token(session: requests.Session, issuer: Issuer, at: datetime) -> str:
    claims = {
        "iss": issuer.email,
        "scope": _SCOPE,
        "aud": issuer.token_url,
        "iat": int(at.timestamp()),
        "exp": int((at + timedelta(minutes=10)).timestamp()),
    }
    assertion = jwt.encode(claims, issuer.key, algorithm="RS256")
    answer = session.post(
        issuer.token_url,
        data={"grant_type": _GRANT, "assertion": assertion},
        timeout=_PATIENCE,
        allow_redirects=False,
    )
    if answer.status_code != requests.codes.ok:
        raise GoogleRefused(str(answer.status_code))
    token: str = answer.json()["access_token"]
    return token


def _class(face: Face, issuer: Issuer) -> dict[str, Any]:
    return {
        "id": _class_id(face, issuer),
        "issuerName": face.programme[:20],
        "programName": face.programme[:20],
        "reviewStatus": "UNDER_REVIEW",
        "hexBackgroundColor": face.colour,
    }


def _object(face: Face, issuer: Issuer) -> dict[str, Any]:
    return {
        "id": _object_id(face, issuer),
        "classId": _class_id(face, issuer),
        "barcode": {
            "type": "QR_CODE",
            "value": face.card_number,
            "alternateText": face.card_number,
        },
        **_changing(face),
    }


def _changing(face: Face) -> dict[str, Any]:
    changing: dict[str, Any] = {
        "state": "INACTIVE" if face.is_voided else "ACTIVE",
        "loyaltyPoints": {"label": face.points_label, "balance": {"int": face.points}},
    }
    if face.tier:
        changing["secondaryLoyaltyPoints"] = {
            "label": face.tier_label,
            "balance": {"string": face.tier},
        }
    return changing


def _class_id(face: Face, issuer: Issuer) -> str:
    return f"{issuer.number}.{face.programme_key}"


def _object_id(face: Face, issuer: Issuer) -> str:
    return f"{issuer.number}.{face.serial.hex}"
