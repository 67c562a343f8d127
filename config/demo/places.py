"""Where *Kleur & Co* sells: its shops in Dutch cities, and its webshop."""

from typing import NamedTuple

_CITIES = [
    "Amsterdam",
    "Rotterdam",
    "Den Haag",
    "Utrecht",
    "Eindhoven",
    "Groningen",
    "Tilburg",
    "Almere",
    "Breda",
    "Nijmegen",
    "Apeldoorn",
    "Haarlem",
    "Arnhem",
    "Enschede",
    "Amersfoort",
    "Zaandam",
    "Den Bosch",
    "Zwolle",
    "Leiden",
    "Leeuwarden",
    "Maastricht",
    "Dordrecht",
    "Deventer",
    "Middelburg",
]
_WEB_SHARE = 6  # one of so many store ids is the webshop: a fifth of the baskets


class Place(NamedTuple):
    """A touchpoint, and the system that reports its purchases."""

    source: str
    channel: str
    location: str


WEBSHOP = Place(source="webshop", channel="web", location="Webshop")
SHOPS = tuple(Place(source="kassa", channel="store", location=f"Kleur & Co {c}") for c in _CITIES)


def place_of(store: int) -> Place:
    """The touchpoint that stands for one of the households' own stores, always the same one."""
    if store % _WEB_SHARE == 0:
        return WEBSHOP
    return SHOPS[store // _WEB_SHARE % len(SHOPS)]
