"""The programme's icon in any size, and its logo as it is kept: drawn by Pillow from what is there.

An uploaded picture is never served as it came: it is read within limits and drawn again.
"""

from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from loyalty.services.colours import text_on

FONT = Path(__file__).resolve().parent.parent / "static/fonts/figtree-latin-wght-normal.woff2"
BOLD = 700
WHITE = "#ffffff"
OF_LETTER = 0.56  # of the icon's side
OF_LOGO = 0.68  # leaves the margin that a round mask cuts off


@lru_cache(maxsize=32)
def icon_png(*, size: int, brand: str, initial: str, logo: bytes) -> bytes:
    """A square PNG: the logo on white, or without one the initial on the brand colour."""
    if logo:
        picture = Image.new("RGB", (size, size), WHITE)
        drawn = Image.open(BytesIO(logo)).convert("RGBA")
        side = int(size * OF_LOGO)
        drawn.thumbnail((side, side), Image.Resampling.LANCZOS)
        place = ((size - drawn.width) // 2, (size - drawn.height) // 2)
        picture.paste(drawn, place, drawn)
    else:
        picture = Image.new("RGB", (size, size), brand)
        font = ImageFont.truetype(FONT, int(size * OF_LETTER))
        font.set_variation_by_axes([BOLD])
        middle = (size / 2, size / 2)
        ImageDraw.Draw(picture).text(middle, initial, font=font, fill=text_on(brand), anchor="mm")
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
