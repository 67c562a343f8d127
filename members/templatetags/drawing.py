"""What a scanner reads: QR codes and EAN-13 bars, as SVG that needs no style and no script."""

import segno
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()

EAN_LENGTH = 13
QUIET = 11  # modules of white that the standard asks for at the left; 7 suffice at the right
BARS = 95
GUARD, CENTRE = "101", "01010"

_ODD = [
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
]
_EVEN = [code[::-1].translate(str.maketrans("01", "10")) for code in _ODD]
_RIGHT = [code.translate(str.maketrans("01", "10")) for code in _ODD]
_PARITIES = [
    "LLLLLL",
    "LLGLGG",
    "LLGGLG",
    "LLGGGL",
    "LGLLGG",
    "LGGLLG",
    "LGGGLL",
    "LGLGLG",
    "LGLGGL",
    "LGGLGL",
]


@register.simple_tag
def qr(text: str) -> SafeString:
    """A QR code, dark on white in any scheme, with the quiet border that scanners need.

    Never a Micro QR code: most scanners at tills and in phones cannot read one.
    """
    return qr_drawing(text, label=gettext("QR code for the till"))


@register.simple_tag
def qr_link(address: str, label: str) -> SafeString:
    """A QR code of an address, for a phone's camera; dark on white in any scheme."""
    return qr_drawing(address, label=label)


def qr_drawing(text: str, *, label: str) -> SafeString:
    """The same as an element with that label."""
    code = segno.make_qr(text, error="m")
    drawing = code.svg_inline(scale=4, border=4, light="white", dark="#14120e", omitsize=True)
    named = '<svg role="img" class="qr" aria-label="{}" '
    return format_html("{}{}", format_html(named, label), SafeString(drawing.removeprefix("<svg ")))


@register.simple_tag
def barcode(digits: str) -> SafeString:
    """The EAN-13 bars of a card's number; nothing for a number of another kind."""
    if len(digits) != EAN_LENGTH or not digits.isdecimal():
        return SafeString("")
    modules = _modules(digits)
    path = "".join(f"M{QUIET + x} 0v40" for x, bit in enumerate(modules) if bit == "1")
    return format_html(
        '<svg role="img" class="barcode" aria-label="{}" viewBox="0 0 {} 40"'
        ' preserveAspectRatio="none" shape-rendering="crispEdges">'
        '<path fill="none" stroke="#14120e" transform="translate(.5)" d="{}"/></svg>',
        gettext("Barcode for the till"),
        QUIET + BARS + QUIET,
        path,
    )


def _modules(digits: str) -> str:
    first, left, right = int(digits[0]), digits[1:7], digits[7:]
    codes = {"L": _ODD, "G": _EVEN}
    drawn = [codes[parity][int(d)] for parity, d in zip(_PARITIES[first], left, strict=True)]
    return GUARD + "".join(drawn) + CENTRE + "".join(_RIGHT[int(d)] for d in right) + GUARD
