"""The programme's colours as a style sheet, its logo and its icons: never in the page itself.

Pages ask for them by the version of the brand, so they may be kept for ever.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from loyalty.models import Programme
from loyalty.services.colours import legible, mixed, text_on
from members.icons import icon_png
from members.portal import brand_version, portal_programme

# The surfaces of static/css/tokens.css on which coloured text stands.
LIGHT = ["#f8f5ef", "#fffdf9", "#efeae0"]
DARK = ["#171512", "#211f1b", "#2b2823"]
WASH_LIGHT, WASH_DARK = 0.09, 0.3
SIZES = (32, 180, 192, 512)
FOR_EVER = cache_control(public=True, max_age=31_536_000, immutable=True)

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="9" fill="{brand}"/>'
    '<circle cx="16" cy="16" r="6.5" fill="{accent}"/></svg>'
)


def _etag(request: HttpRequest, *args: object, **kwargs: object) -> str:
    # The views look once more: what is drawn costs much more than one row.
    version = brand_version(portal_programme() or Programme())
    return f'"{version}{kwargs.get("size", "")}"'


@require_safe
@FOR_EVER
@condition(etag_func=_etag)
def brand_sheet(request: HttpRequest) -> HttpResponse:
    """Brand and accent for light and dark."""
    return HttpResponse(_sheet(portal_programme()), content_type="text/css; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=86_400)
@condition(etag_func=_etag)
def brand_icon(request: HttpRequest) -> HttpResponse:
    programme = portal_programme() or Programme()
    drawing = ICON.format(brand=programme.brand_colour, accent=programme.accent_colour)
    return HttpResponse(drawing, content_type="image/svg+xml")


@require_safe
@FOR_EVER
@condition(etag_func=_etag)
def brand_icon_png(request: HttpRequest, size: int) -> HttpResponse:
    """The icon on the phone's screen: from the logo, or without one from the initial."""
    if size not in SIZES:
        raise Http404
    programme = portal_programme() or Programme(name="Trouw")
    drawn = icon_png(
        size=size,
        brand=programme.brand_colour,
        initial=programme.name[:1].upper(),
        logo=bytes(programme.logo or b""),
    )
    return HttpResponse(drawn, content_type="image/png")


@require_safe
@FOR_EVER
@condition(etag_func=_etag)
def brand_logo(request: HttpRequest) -> HttpResponse:
    programme = portal_programme()
    if programme is None or not programme.logo:
        raise Http404
    return HttpResponse(bytes(programme.logo), content_type="image/png")


def _sheet(programme: Programme | None) -> str:
    programme = programme or Programme()
    brand, accent = programme.brand_colour, programme.accent_colour
    return (
        f":root{{--brand:{brand};--on-brand:{text_on(brand)};--accent:{accent};"
        f"{_shades(brand, accent, LIGHT, WASH_LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{"
        f"{_shades(brand, accent, DARK, WASH_DARK)}}}}}\n"
    )


def _shades(brand: str, accent: str, surfaces: list[str], share: float) -> str:
    wash = mixed(brand, surfaces[0], share)
    backgrounds = [*surfaces, wash]
    return (
        f"--wash:{wash};--brand-ink:{legible(brand, on=backgrounds)};"
        f"--accent-ink:{legible(accent, on=backgrounds)}"
    )
