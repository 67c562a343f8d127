"""Colours that stay legible, made from the two that a programme chooses."""

from colorsys import hls_to_rgb, rgb_to_hls

AA = 4.5  # the contrast that WCAG asks for text
WHITE, BLACK = "#ffffff", "#000000"
STEP = 0.02


def contrast(one: str, other: str) -> float:
    """The WCAG contrast of two `#rrggbb` colours, between 1 and 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """White where that is legible on the background, else black; one of the two always is."""
    return WHITE if contrast(WHITE, background) >= AA else BLACK


def legible(colour: str, *, on: list[str]) -> str:
    """The colour, no further from itself than needed to be read on all these backgrounds.

    It is made darker on light backgrounds and lighter on dark ones; its hue stays. The backgrounds
    must be all light or all dark, so that black or white is legible on each.
    """
    hue, lightness, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    step = -STEP if _luminance(on[0]) > 0.5 else STEP  # noqa: PLR2004  the middle
    while min(contrast(colour, background) for background in on) < AA:
        lightness = min(1.0, max(0.0, lightness + step))
        colour = _hex(hls_to_rgb(hue, lightness, saturation))
    return colour


def mixed(colour: str, background: str, share: float) -> str:
    """So much of the colour in the background: 0 is none, 1 is all."""
    pairs = zip(_channels(colour), _channels(background), strict=True)
    red, green, blue = ((c * share + b * (1 - share)) / 255 for c, b in pairs)
    return _hex((red, green, blue))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    # The two branches of the sRGB curve.
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
