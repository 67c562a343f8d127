"""Apple Wallet: a zip of a pass, its pictures, their hashes, and a signature over those.

After Apple's Wallet Developer Guide: manifest.json has the SHA-1 of every file (the format's
choice, not a protection), `signature` is a detached PKCS #7 over the manifest.
"""

import hashlib
import io
import json
import zipfile
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs7

from members.passes.face import Face, icon, ink, rgb

MEDIA_TYPE = "application/vnd.apple.pkpass"
_ICONS = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87, "logo.png": 50, "logo@2x.png": 100}
_LATIN = "iso-8859-1"


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What Apple gave: the pass type and team, their certificate and key, and Apple's own, as PEM."""

    pass_type: str
    team: str
    certificate: str
    key: str
    password: str = ""
    intermediate: str


def build(
    face: Face, *, certificate: Certificate, service: str, token: str, made_for: str
) -> bytes:
    """The .pkpass file. The wallet asks `service` for newer ones, with `token`.

    `made_for` is the description that a screen reader reads. Raises ValueError for certificates
    that cannot be read.
    """
    said = _pass(face, service, token, made_for)
    return packed(said, face=face, certificate=certificate)


def packed(said: dict[str, Any], *, face: Face, certificate: Certificate) -> bytes:
    """The .pkpass file of a pass that says this, with the pictures of `face`.

    Raises ValueError for certificates that cannot be read.
    """
    said |= {
        "passTypeIdentifier": certificate.pass_type,
        "teamIdentifier": certificate.team,
    }
    files = {name: icon(face, size) for name, size in _ICONS.items()}
    files["pass.json"] = json.dumps(said, ensure_ascii=False).encode()
    digests = {
        name: hashlib.sha1(content, usedforsecurity=False).hexdigest()
        for name, content in files.items()
    }
    manifest = json.dumps(digests, sort_keys=True).encode()
    files |= {"manifest.json": manifest, "signature": _signed(manifest, certificate)}
    return _zipped(files)


def _pass(face: Face, service: str, token: str, made_for: str) -> dict[str, Any]:
    colours = {name: "rgb({}, {}, {})".format(*rgb(colour)) for name, colour in _colours(face)}
    fields: dict[str, Any] = {
        "headerFields": [{"key": "points", "label": face.points_label, "value": face.points}],
        "secondaryFields": [
            {"key": "number", "label": face.number_label, "value": face.card_number}
        ],
    }
    if face.tier:
        fields["auxiliaryFields"] = [{"key": "tier", "label": face.tier_label, "value": face.tier}]
    if face.notice:  # a change of it is shown on the locked screen, as it stands
        fields["backFields"] = [
            {
                "key": "notice",
                "label": face.notice_label,
                "value": face.notice,
                "changeMessage": "%@",
            }
        ]
    code = {"message": face.card_number, "messageEncoding": _LATIN, "altText": face.card_number}
    return {
        "formatVersion": 1,
        "serialNumber": str(face.serial),
        "organizationName": face.programme,
        "logoText": face.programme,
        "description": made_for,
        "sharingProhibited": True,
        "voided": face.is_voided,
        "webServiceURL": service,
        "authenticationToken": token,
        "barcodes": [
            code | {"format": "PKBarcodeFormatQR"},
            code | {"format": "PKBarcodeFormatCode128"},
        ],
        "storeCard": fields,
        **colours,
    }


def _colours(face: Face) -> list[tuple[str, str]]:
    return [
        ("backgroundColor", face.colour),
        ("foregroundColor", ink(face)),
        ("labelColor", ink(face)),
    ]


def _signed(manifest: bytes, certificate: Certificate) -> bytes:
    password = certificate.password.encode() or None
    key = serialization.load_pem_private_key(certificate.key.encode(), password)
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise ValueError("The key of a pass is RSA or EC.")  # noqa: TRY004  the text is wrong
    own = x509.load_pem_x509_certificate(certificate.certificate.encode())
    intermediate = x509.load_pem_x509_certificate(certificate.intermediate.encode())
    return (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(manifest)
        .add_signer(own, key, hashes.SHA256())
        .add_certificate(intermediate)
        .sign(
            serialization.Encoding.DER,
            [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary],
        )
    )


def _zipped(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()
