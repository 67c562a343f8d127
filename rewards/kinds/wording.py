"""A reward in one sentence, and what to do with it; in Dutch and English, for every door."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from loyalty.types import Language, Words
from rewards.kinds import figures
from rewards.kinds.tender import tender_worth
from rewards.kinds.terms import (
    CashCard,
    Delivery,
    Discount,
    Donation,
    EarlyAccess,
    Experience,
    Gift,
    Multiplier,
    Partner,
    Product,
    Samples,
    Service,
    Tender,
    Terms,
)

LANGUAGES: tuple[Language, Language] = ("nl", "en")
STEPS_TOLD = (1, 10, 100, 1000, 10_000)  # of points, the first that is worth a whole unit of money


class _Scene(msgspec.Struct, frozen=True):
    """Where it is told: in which language, money and zone."""

    language: Language
    currency: str
    zone: ZoneInfo

    def either(self, dutch: str, english: str) -> str:
        return dutch if self.language == "nl" else english

    def money(self, amount: Decimal) -> str:
        return figures.money(amount, self.language, self.currency)

    def count(self, value: Decimal | int) -> str:
        return figures.count(value, self.language)


def sentence_of(terms: Terms, *, currency: str, zone: ZoneInfo) -> Words:
    """What it is, in one line without a full stop: "€ 5 korting op je mandje vanaf € 25"."""
    tell = _TELLERS[type(terms)]
    return {language: tell(terms, _Scene(language, currency, zone)) for language in LANGUAGES}


def next_step(terms: Terms) -> Words:
    """What the member does with it once they have it, in one or two sentences."""
    match terms:
        case Gift(ways=()) | Samples(ways=()):
            return _HAND_IN
        case Gift() | Samples():
            return _DELIVERED
        case Delivery():
            return _AT_CHECKOUT
        case Partner(where=where):
            return {language: where.get(language, "") for language in LANGUAGES}
    return _NEXT.get(type(terms), _HAND_IN)


# --- Each kind -----------------------------------------------------------------------------------


def _discount(terms: Discount, scene: _Scene) -> str:
    if terms.amount is not None:
        off = scene.either(
            f"{scene.money(terms.amount)} korting", f"{scene.money(terms.amount)} off"
        )
    else:
        percent = scene.count(terms.percent or Decimal(0))
        off = scene.either(f"{percent}% korting", f"{percent}% off")
    if terms.products or terms.categories:
        what = scene.either("op een deel van het assortiment", "part of the range")
    else:
        what = scene.either("op je mandje", "your basket")
    said = f"{off} {what}{_from(terms.minimum, scene)}"
    if terms.at_most is None:
        return said
    return said + scene.either(
        f", hoogstens {scene.money(terms.at_most)}", f", {scene.money(terms.at_most)} at most"
    )


def _from(minimum: Decimal, scene: _Scene) -> str:
    if not minimum:
        return ""
    amount = scene.money(minimum)
    return scene.either(f" vanaf {amount}", f" from {amount}")


def _product(terms: Product, scene: _Scene) -> str:
    if terms.quantity == 1:
        return scene.either("Gratis bij je aankoop", "Free with your purchase")
    return scene.either(
        f"{terms.quantity} stuks gratis bij je aankoop",
        f"{terms.quantity} pieces free with your purchase",
    )


def _gift(terms: Gift, scene: _Scene) -> str:
    gift = scene.either("Een cadeau", "A gift")
    return _by(gift, terms.ways, scene)


def _by(what: str, ways: tuple[str, ...], scene: _Scene) -> str:
    if set(ways) == {"SHIP", "COLLECT"}:
        return scene.either(
            f"{what}, thuisgestuurd of op te halen in de winkel",
            f"{what}, sent home or collected in the shop",
        )
    if "SHIP" in ways:
        return scene.either(f"{what}, naar je huis gestuurd", f"{what}, sent to your home")
    if "COLLECT" in ways:
        return scene.either(f"{what}, op te halen in de winkel", f"{what}, to collect in the shop")
    return scene.either(f"{what} dat je in de winkel krijgt", f"{what} that you get in the shop")


def _delivery(terms: Delivery, scene: _Scene) -> str:
    options: Mapping[str, tuple[str, str]] = {
        "free": ("Gratis bezorging", "Free delivery"),
        "faster": ("Snellere bezorging", "Faster delivery"),
        "slot": ("Bezorging op een tijd die jij kiest", "Delivery at a time you choose"),
    }
    said = scene.either(*options[terms.option])
    if not terms.minimum:
        return said
    amount = scene.money(terms.minimum)
    return said + scene.either(
        f" van een bestelling vanaf {amount}", f" of an order of {amount} or more"
    )


def _service(terms: Service, scene: _Scene) -> str:
    services: Mapping[str, tuple[str, str]] = {
        "advice": ("Persoonlijk advies", "Personal advice"),
        "workshop": ("Een workshop", "A workshop"),
        "repair": ("Een reparatie", "A repair"),
        "other": ("Een dienst van ons", "A service of ours"),
    }
    said = scene.either(*services[terms.service])
    return scene.either(
        f"{said}, {_lasting(terms.minutes, 'nl')}", f"{said}, {_lasting(terms.minutes, 'en')}"
    )


def _lasting(minutes: int, language: Language) -> str:
    hours, rest = divmod(minutes, 60)
    if hours and not rest:
        words = "uur" if language == "nl" else ("hour" if hours == 1 else "hours")
        return f"{hours} {words}"
    return f"{minutes} {'minuten' if language == 'nl' else 'minutes'}"


def _samples(terms: Samples, scene: _Scene) -> str:
    if terms.count == 1:
        what = scene.either("Een gratis proefje naar keuze", "A free sample of your choice")
    else:
        what = scene.either(
            f"{terms.count} gratis proefjes naar keuze",
            f"{terms.count} free samples of your choice",
        )
    if terms.ways:
        return _by(what, terms.ways, scene)
    return scene.either(f"{what}, in de winkel", f"{what}, in the shop")


def _experience(terms: Experience, scene: _Scene) -> str:
    when = figures.moment(terms.starts_at, scene.language, scene.zone)
    return scene.either(f"Een plek op {when}, {terms.venue}", f"A place on {when}, {terms.venue}")


def _early_access(terms: EarlyAccess, scene: _Scene) -> str:
    opens = figures.moment(terms.opens_at, scene.language, scene.zone)
    for_all = figures.moment(terms.for_all_at, scene.language, scene.zone)
    return scene.either(
        f"Jij kunt al terecht op {opens}, anderen vanaf {for_all}",
        f"Yours from {opens}, for others from {for_all}",
    )


def _donation(terms: Donation, scene: _Scene) -> str:
    return scene.either(f"Je punten gaan naar {terms.cause}", f"Your points go to {terms.cause}")


def _partner(_terms: Partner, scene: _Scene) -> str:
    return scene.either("Een code van onze partner", "A code of our partner")


def _tender(terms: Tender, scene: _Scene) -> str:
    step = next((each for each in STEPS_TOLD if each * terms.point_worth >= 1), STEPS_TOLD[-1])
    worth = scene.money(tender_worth(terms, step))
    points = scene.count(step)
    if step == 1:
        return scene.either(
            f"Betaal met punten: 1 punt is {worth}", f"Pay with points: 1 point is {worth}"
        )
    return scene.either(
        f"Betaal met punten: {points} punten is {worth}",
        f"Pay with points: {points} points are {worth}",
    )


def _multiplier(terms: Multiplier, scene: _Scene) -> str:
    factor = scene.count(terms.factor)
    if terms.days == 1:
        return scene.either(f"Een dag lang {factor}× punten", f"{factor}× points for a day")
    return scene.either(
        f"{terms.days} dagen lang {factor}× punten", f"{factor}× points for {terms.days} days"
    )


def _cash_card(terms: CashCard, scene: _Scene) -> str:
    value = scene.money(terms.value)
    return scene.either(f"Een cadeaukaart van {value}", f"A gift card of {value}")


_TELLERS: Mapping[type[Terms], Callable[..., str]] = {
    Discount: _discount,
    Product: _product,
    Gift: _gift,
    Delivery: _delivery,
    Service: _service,
    Samples: _samples,
    Experience: _experience,
    EarlyAccess: _early_access,
    Donation: _donation,
    Partner: _partner,
    Tender: _tender,
    Multiplier: _multiplier,
    CashCard: _cash_card,
}

# --- What to do with it --------------------------------------------------------------------------

_HAND_IN: Words = {
    "nl": "Laat de code zien bij de kassa, of vul hem in bij het afrekenen in de webshop.",
    "en": "Show the code at the till, or fill it in at the checkout of the webshop.",
}
_DELIVERED: Words = {
    "nl": "Wij maken het voor je klaar. Je krijgt bericht zodra het onderweg is of klaarligt.",
    "en": "We get it ready for you. You hear from us when it is on its way or waiting for you.",
}
_AT_CHECKOUT: Words = {
    "nl": "Vul de code in bij het afrekenen van je bestelling.",
    "en": "Fill in the code at the checkout of your order.",
}
_NEXT: Mapping[type[Terms], Words] = {
    Service: {
        "nl": "We nemen contact met je op om een moment af te spreken.",
        "en": "We get in touch with you to agree on a time.",
    },
    Experience: {
        "nl": "Je plek is vastgelegd. Laat de code zien bij de ingang.",
        "en": "Your place is kept. Show the code at the entrance.",
    },
    EarlyAccess: {
        "nl": "Je bent erbij. Laat de code zien of vul hem in zodra het zover is.",
        "en": "You are in. Show the code or fill it in when the time has come.",
    },
    Donation: {
        "nl": "Dank je wel. Je hoeft niets te doen.",
        "en": "Thank you. There is nothing left for you to do.",
    },
    Tender: {
        "nl": "Zeg bij de kassa hoeveel punten je wilt gebruiken.",
        "en": "Say at the till how many points you want to use.",
    },
    Multiplier: {
        "nl": "Het is meteen begonnen. Je hoeft niets te doen; koop zoals altijd.",
        "en": "It has begun at once. There is nothing left for you to do; buy as always.",
    },
    CashCard: {
        "nl": "Laat de code zien bij de kassa. Wat je niet gebruikt, blijft erop staan.",
        "en": "Show the code at the till. What you do not use stays on it.",
    },
}
