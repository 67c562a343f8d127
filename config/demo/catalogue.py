"""What *Kleur & Co* gives for points: one reward of every kind, and then some."""

from decimal import Decimal
from typing import Any, NamedTuple

Document = dict[str, Any]

CATEGORIES = {
    "project": ("Voor je klus", "For your project"),
    "advice": ("Advies en uitjes", "Advice and outings"),
    "discount": ("Korting en betalen", "Discounts and paying"),
    "others": ("Voor een ander", "For others"),
}

COLOURS = [
    ("Krijtwit", "Chalk white"),
    ("Zandsteen", "Sandstone"),
    ("Terracotta", "Terracotta"),
    ("Oudroze", "Old rose"),
    ("Saliegroen", "Sage green"),
    ("Flessengroen", "Bottle green"),
    ("Wadblauw", "Mudflat blue"),
    ("Delfts blauw", "Delft blue"),
    ("Mosterd", "Mustard"),
    ("Leisteen", "Slate"),
]
EVENINGS = [
    ("Dinsdagavond, 18 tot 21 uur", "Tuesday evening, 6 to 9 pm"),
    ("Donderdagavond, 18 tot 21 uur", "Thursday evening, 6 to 9 pm"),
    ("Zaterdagochtend, 9 tot 12 uur", "Saturday morning, 9 to 12 am"),
]


class Offered(NamedTuple):
    """A reward of the shop; without stock there is no end to it."""

    key: str
    kind: str
    category: str
    points: int
    name_nl: str
    name_en: str
    description_nl: str
    description_en: str
    terms: Document = {}
    stock: int | None = None
    more: Document = {}


def _words(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"nl": dutch, "en": english} for dutch, english in pairs]


REWARDS = [
    Offered(
        "colour-samples",
        "SAMPLES",
        "project",
        150,
        "Vijf gratis kleurstalen",
        "Five free colour samples",
        "Kies vijf kleuren; we mengen ze in proefpotjes van 50 ml. Genoeg voor een vlak van een "
        "halve meter per kleur.",
        "Choose five colours; we mix them in 50 ml sample pots. Enough for half a square metre of "
        "each.",
        {"count": 5, "samples": _words(COLOURS), "ways": ["COLLECT", "SHIP"]},
        more={"cost": Decimal("3.75")},
    ),
    Offered(
        "free-delivery",
        "DELIVERY",
        "project",
        250,
        "Gratis thuisbezorgd",
        "Free home delivery",
        "Je volgende bestelling bezorgen we gratis, ook emmers van tien liter.",
        "Your next order comes home free of charge, ten-litre tubs included.",
        {"option": "free"},
        more={"cost": Decimal("5.95")},
    ),
    Offered(
        "evening-delivery",
        "DELIVERY",
        "project",
        180,
        "Bezorgd als jij thuis bent",
        "Delivered when you are home",
        "Kies een avond of de zaterdagochtend; we bellen een half uur van tevoren.",
        "Choose an evening or Saturday morning; we call half an hour ahead.",
        {"option": "slot", "slots": _words(EVENINGS)},
        more={"cost": Decimal("4.50")},
    ),
    Offered(
        "free-tape",
        "PRODUCT",
        "project",
        120,
        "Gratis rol schilderstape",
        "Free roll of masking tape",
        "Een rol van 50 meter, bij je volgende aankoop in de winkel.",
        "A roll of 50 metres, with your next purchase in the shop.",
        {"products": ["masking_tape"], "quantity": 1, "worth": "4.95"},
        more={"cost": Decimal("2.10"), "is_offline": True},
    ),
    Offered(
        "brush-set",
        "GIFT",
        "project",
        700,
        "Kwastenset voor lak",
        "Brush set for gloss",
        "Drie kwasten van Nederlandse makelij: plat 50, plat 30 en rond 12.",
        "Three brushes made in the Netherlands: flat 50, flat 30 and round 12.",
        stock=120,
        more={"cost": Decimal("8.50"), "is_offline": True},
    ),
    Offered(
        "colour-advice",
        "SERVICE",
        "advice",
        900,
        "Kleuradvies aan huis",
        "Colour advice at home",
        "Een uur met onze kleuradviseur, bij jou thuis, met stalen van behang en verf.",
        "An hour with our colour adviser at your home, with samples of wallpaper and paint.",
        {"service": "advice", "minutes": 60},
        stock=40,
        more={"limit_per_member": 2, "cost": Decimal("35.00")},
    ),
    Offered(
        "wallpaper-workshop",
        "EXPERIENCE",
        "advice",
        1200,
        "Workshop behangen",
        "Wallpapering workshop",
        "Een zaterdagochtend met de vakman: van inmeten tot de laatste baan. Koffie inbegrepen.",
        "A Saturday morning with a craftsman: from measuring to the last strip. Coffee included.",
        {"venue": "Kleur & Co Utrecht, Oudegracht"},
        stock=12,
        more={"limit_per_member": 1, "cost": Decimal("22.50"), "is_bearer": False},
    ),
    Offered(
        "new-colours",
        "EARLY_ACCESS",
        "advice",
        60,
        "Als eerste de nieuwe kleuren",
        "The new colours first",
        "Twee weken voor iedereen kun je de voorjaarskleuren al laten mengen.",
        "Two weeks before everybody else you can have the spring colours mixed.",
        {},
        more={"tier_points": {"gold": 0}},
    ),
    Offered(
        "five-euro",
        "DISCOUNT",
        "discount",
        500,
        "€ 5 korting",
        "€5 off",
        "Op je hele mandje, in de winkel en in de webshop. Niet op cadeaukaarten.",
        "On your whole basket, in the shop and online. Not on gift cards.",
        {"amount": "5.00"},
        more={"tier_points": {"gold": 450}, "cost": Decimal("5.00"), "is_offline": True},
    ),
    Offered(
        "outdoor-tenth",
        "DISCOUNT",
        "discount",
        300,
        "10% op beits en olie",
        "10% off wood stain and oil",
        "Voor schutting, vlonder en kozijn; hoogstens 25 euro.",
        "For fence, decking and frame; 25 euros at most.",
        {"percent": "10", "at_most": "25.00", "categories": ["wood_stain"]},
        more={"cost": Decimal("6.00"), "stacking": "ALONE"},
    ),
    Offered(
        "points-as-money",
        "TENDER",
        "discount",
        0,
        "Betalen met punten",
        "Pay with points",
        "Zeg aan de kassa hoeveel punten je wilt gebruiken: honderd punten is een euro.",
        "Say at the till how many points you want to use: a hundred points is a euro.",
        {"point_worth": "0.01", "step": 50, "at_least": 100},
    ),
    Offered(
        "gift-card-ten",
        "CASH_CARD",
        "others",
        1100,
        "Cadeaukaart van € 10",
        "€10 gift card",
        "Om weg te geven of zelf te gebruiken, in zoveel keer als je wilt.",
        "To give away or use yourself, in as many times as you like.",
        {"value": "10.00"},
        more={"cost": Decimal("10.00"), "voucher_valid_days": 730},
    ),
    Offered(
        "double-week",
        "MULTIPLIER",
        "discount",
        400,
        "Een week dubbele punten",
        "A week of double points",
        "Zeven dagen lang tellen de punten op al je aankopen dubbel. Handig voor een grote klus.",
        "For seven days the points on all your purchases count double. Handy for a big job.",
        {"factor": "2", "days": 7},
        more={"limit_per_member": 1, "limit_days": 90},
    ),
    Offered(
        "community-garden",
        "DONATION",
        "others",
        100,
        "Verf voor de buurtmoestuin",
        "Paint for the community garden",
        "Je honderd punten worden verf voor schuurtjes en bankjes van moestuinen in de buurt.",
        "Your hundred points become paint for the sheds and benches of community gardens.",
        {"cause": "De Groene Buurt"},
    ),
    Offered(
        "cinema",
        "PARTNER",
        "others",
        800,
        "Bioscoopkaartje",
        "Cinema ticket",
        "Een film naar keuze bij Filmhuis De Spiegel, ook in het weekend.",
        "A film of your choice at Filmhuis De Spiegel, weekends included.",
        {
            "pool": "de-spiegel",
            "where": {
                "nl": "Laat de code zien aan de kassa van Filmhuis De Spiegel.",
                "en": "Show the code at the box office of Filmhuis De Spiegel.",
            },
        },
        more={"cost": Decimal("7.25")},
    ),
]
