"""What a scanner reads: QR codes and bars, as SVG that needs no style and no script."""

import segno
from barcode.codex import Code128
from barcode.ean import EuropeanArticleNumber13
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()

QUIET = 11  # modules of white on each side: what EAN-13 asks for at the left, and Code 128 at both
LONGEST = 24  # of a Code 128 that a phone's screen still shows sharply


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
def barcode(number: str) -> SafeString:
    """The bars of a card's number: EAN-13 when it is one, else Code 128; nothing when neither fits."""
    modules = _modules(number)
    if not modules:
        return SafeString("")
    path = "".join(f"M{QUIET + x} 0v40" for x, bit in enumerate(modules) if bit == "1")
    return format_html(
        '<svg role="img" class="barcode" aria-label="{}" viewBox="0 0 {} 40"'
        ' preserveAspectRatio="none" shape-rendering="crispEdges">'
        '<path fill="none" stroke="#14120e" transform="translate(.5)" d="{}"/></svg>',
        gettext("Barcode for the till"),
        QUIET + len(modules) + QUIET,
        path,
    )


def _modules(number: str) -> str:
    """Black as 1 and white as 0. A wrong check digit is no EAN-13: it would be drawn otherwise."""
    if not number or len(number) > LONGEST or not number.isascii() or not number.isprintable():
        return ""
    if len(number) == EuropeanArticleNumber13.digits + 1 and number.isdecimal():
        article = EuropeanArticleNumber13(number)
        if article.get_fullcode() == number:
            return str(article.build()[0]).replace("G", "1")
    return str(Code128(number).build()[0])
