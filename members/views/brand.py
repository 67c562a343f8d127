"""The programme's colours as a style sheet and as an icon: never in the page, so CSP stays strict."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from loyalty.models import Programme
from members.colours import legible, mixed, text_on
from members.portal import portal_programme

# The surfaces of static/css/tokens.css on which coloured text stands.
LIGHT = ["#f8f5ef", "#fffdf9", "#efeae0"]
DARK = ["#171512", "#211f1b", "#2b2823"]
WASH_LIGHT, WASH_DARK = 0.09, 0.3

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="9" fill="{brand}"/>'
    '<circle cx="16" cy="16" r="6.5" fill="{accent}"/></svg>'
)


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def brand_sheet(request: HttpRequest) -> HttpResponse:
    """Brand and accent for light and dark; pages ask for it by the colours themselves."""
    return HttpResponse(_sheet(portal_programme()), content_type="text/css; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=86_400)
def brand_icon(request: HttpRequest) -> HttpResponse:
    programme = portal_programme() or Programme()
    drawing = ICON.format(brand=programme.brand_colour, accent=programme.accent_colour)
    return HttpResponse(drawing, content_type="image/svg+xml")


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
