"""What stands on a card in a wallet, whichever wallet it is."""

import io
from uuid import UUID

import msgspec
from PIL import Image, ImageDraw

from loyalty.services.colours import text_on

RGB = tuple[int, int, int]


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """A member's card as a wallet shows it; no name, so that a lent phone tells none.

    `points` are those that can be spent now; `tier` is empty for who has none.
    """

    serial: UUID
    programme: str
    programme_key: str
    card_number: str
    points: int
    points_label: str
    tier: str
    tier_label: str
    number_label: str
    colour: str
    accent: str
    logo: bytes | None = None
    is_voided: bool = False
    notice: str = ""  # the last short message to the member, if any
    notice_label: str = ""


def rgb(colour: str) -> RGB:
    """The three channels of a `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def ink(face: Face) -> str:
    """Black or white, whichever is legible on the card."""
    return text_on(face.colour)


def icon(face: Face, size: int) -> bytes:
    """A square PNG: the programme's logo, or its two colours as the portal's own icon has them."""
    if face.logo:
        with Image.open(io.BytesIO(face.logo)) as logo:
            picture = logo.convert("RGBA")
            picture.thumbnail((size, size))
            square = Image.new("RGBA", (size, size))
            square.paste(picture, ((size - picture.width) // 2, (size - picture.height) // 2))
            return _png(square)
    large = size * 4  # drawn large and made small, for smooth edges
    square = Image.new("RGBA", (large, large), (*rgb(face.colour), 255))
    edge = large * 0.3
    dot = (edge, edge, large - edge, large - edge)
    ImageDraw.Draw(square).ellipse(dot, fill=(*rgb(face.accent), 255))
    return _png(square.resize((size, size)))


def _png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
