"""A programme's logo as it is kept: never what was uploaded, always drawn again within limits."""

import warnings
from io import BytesIO

from PIL import Image, ImageOps

from loyalty.errors import InvalidRequest

MOST_BYTES = 1_000_000
MOST_PIXELS = 16_000_000
SIDE = 512
FORMATS = ("PNG", "JPEG", "WEBP")


def logo_drawn_again(upload: bytes) -> bytes:
    """The picture as a PNG of at most 512 by 512, without anything else that the file held.

    Raises InvalidRequest for what is too large, is no PNG, JPEG or WebP, or cannot be drawn.
    """
    if len(upload) > MOST_BYTES:
        raise InvalidRequest("A logo is at most 1 MB.", field="logo")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(upload), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise InvalidRequest("A logo has at most 16 million pixels.", field="logo")
            drawn = ImageOps.exif_transpose(picture).convert("RGBA")
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as wrong:
        raise InvalidRequest("A logo is a PNG, JPEG or WebP picture.", field="logo") from wrong
    drawn.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    clean = Image.new("RGBA", drawn.size)
    clean.paste(drawn)
    written = BytesIO()
    clean.save(written, "PNG", optimize=True)
    return written.getvalue()
