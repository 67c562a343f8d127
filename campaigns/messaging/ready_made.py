"""Messages for the classic occasions, to begin with: good as they are, and yours to change."""

from typing import Any, NamedTuple

from loyalty.types import Words


class ReadyMade(NamedTuple):
    """A message that came with the house."""

    name: Words
    document: dict[str, Any]


def _words(nl: str, en: str) -> Words:
    return {"nl": nl, "en": en}


def _made(
    name: Words,
    *,
    subject: Words,
    preview: Words,
    heading: Words,
    text: Words,
    button: Words,
    link: str,
    short: Words,
    shows_points: bool = False,
) -> ReadyMade:
    """The same on each channel, at its length: a mail, an SMS, on the phone, in the message box."""
    note = {"title": subject, "text": short, "link": link}
    blocks: list[dict[str, Any]] = [
        {"block": "heading", "text": heading},
        {"block": "text", "text": text},
        *([{"block": "points"}] if shows_points else []),
        {"block": "button", "text": button, "link": link},
    ]
    return ReadyMade(
        name,
        {
            "email": {"subject": subject, "preview": preview, "blocks": blocks},
            "sms": {"text": short},
            "push": note,
            "inbox": note,
        },
    )


READY_MADE: dict[str, ReadyMade] = {
    "welcome": _made(
        _words("Welkom", "Welcome"),
        subject=_words(
            "Welkom bij {programme}, {given_name}", "Welcome to {programme}, {given_name}"
        ),
        preview=_words(
            "Zo haal je het meeste uit je kaart", "How to get the most out of your card"
        ),
        heading=_words("Fijn dat je meedoet", "Good to have you with us"),
        text=_words(
            "Hoi {given_name},\n\nVanaf nu spaar je bij elke aankoop. Laat je kaart zien aan de "
            "kassa, op je telefoon of geprint: meer hoef je niet te doen. Waarom je punten krijgt, "
            "lees je altijd terug.",
            "Hi {given_name},\n\nFrom now on you save with every purchase. Show your card at the "
            "till, on your phone or printed: that is all it takes. Why you get your points, you "
            "can always read back.",
        ),
        button=_words("Bekijk je kaart", "See your card"),
        link="/card/",
        short=_words(
            "Je kaart staat klaar. Laat hem zien aan de kassa, dan spaar je bij elke aankoop.",
            "Your card is ready. Show it at the till and you save with every purchase.",
        ),
    ),
    "birthday": _made(
        _words("Verjaardag", "Birthday"),
        subject=_words("Gefeliciteerd, {given_name}", "Happy birthday, {given_name}"),
        preview=_words("Er staat iets voor je klaar", "There is something waiting for you"),
        heading=_words("Een fijne verjaardag", "Have a good birthday"),
        text=_words(
            "Hoi {given_name},\n\nOmdat je jarig bent, staat er iets voor je klaar. Je vindt het "
            "bij je beloningen; haal het op wanneer het je uitkomt.",
            "Hi {given_name},\n\nBecause it is your birthday, there is something waiting for you. "
            "You find it with your rewards; pick it up whenever it suits you.",
        ),
        button=_words("Bekijk je cadeau", "See your gift"),
        link="/vouchers/",
        short=_words(
            "Omdat je jarig bent, staat er een cadeau voor je klaar bij je beloningen.",
            "Because it is your birthday, a gift is waiting with your rewards.",
        ),
    ),
    "double-points": _made(
        _words("Dubbele punten", "Double points"),
        subject=_words("Deze week spaar je dubbel", "This week you save double"),
        preview=_words("Twee keer zoveel punten", "Twice as many points"),
        heading=_words("Dubbele punten voor jou", "Double points for you"),
        text=_words(
            "Hoi {given_name},\n\nDe komende {days} dagen krijg je twee keer zoveel punten. Je "
            "hoeft er niets voor te doen: je kaart weet het al. Nu heb je:",
            "Hi {given_name},\n\nFor the next {days} days you get twice as many points. You need "
            "not do anything: your card knows. Right now you have:",
        ),
        button=_words("Zo verdien je punten", "How you earn points"),
        link="/earn/",
        short=_words(
            "De komende {days} dagen krijg je twee keer zoveel punten. Je kaart weet het al.",
            "For the next {days} days you get twice as many points. Your card knows.",
        ),
        shows_points=True,
    ),
    "win-back": _made(
        _words("We zagen je even niet", "We have not seen you for a while"),
        subject=_words("Je punten staan nog voor je klaar", "Your points are still here for you"),
        preview=_words("Dit kun je er nu mee doen", "What you can do with them now"),
        heading=_words("Je hebt nog iets tegoed", "There is still something of yours here"),
        text=_words(
            "Hoi {given_name},\n\nWe zagen je een tijdje niet. Dat mag natuurlijk. Je punten zijn "
            "er nog, en er is vast iets bij dat je nu goed kunt gebruiken.",
            "Hi {given_name},\n\nWe have not seen you for a while, which is fine. Your points are "
            "still here, and there is probably something you could use right now.",
        ),
        button=_words("Kies een beloning", "Choose a reward"),
        link="/rewards/",
        short=_words(
            "Je hebt nog {points} {points_word}. Kijk wat je er nu mee kunt doen.",
            "You still have {points} {points_word}. See what you can do with them now.",
        ),
        shows_points=True,
    ),
    "expiring": _made(
        _words("Punten verlopen bijna", "Points about to lapse"),
        subject=_words(
            "{expiring_points} van je punten verlopen op {expiring_on}",
            "{expiring_points} of your points lapse on {expiring_on}",
        ),
        preview=_words("Er is nog tijd om ze te gebruiken", "There is still time to use them"),
        heading=_words("Gebruik je punten op tijd", "Use your points in time"),
        text=_words(
            "Hoi {given_name},\n\nOp {expiring_on} verlopen {expiring_points} van je punten. Je "
            "kunt ze tot en met die dag inwisselen; wat het eerst verloopt, gaat er vanzelf het "
            "eerst af.",
            "Hi {given_name},\n\nOn {expiring_on}, {expiring_points} of your points lapse. You can "
            "redeem them up to and including that day; what lapses first is used first, by itself.",
        ),
        button=_words("Kies een beloning", "Choose a reward"),
        link="/rewards/",
        short=_words(
            "Op {expiring_on} verlopen {expiring_points} van je punten. Gebruik ze voor die tijd.",
            "On {expiring_on}, {expiring_points} of your points lapse. Use them before then.",
        ),
        shows_points=True,
    ),
    "tier-almost-reached": _made(
        _words("Bijna een hogere status", "Tier almost reached"),
        subject=_words("Je bent bijna {next_tier}", "You are almost {next_tier}"),
        preview=_words("{to_next_tier}", "{to_next_tier}"),
        heading=_words("Nog even en je bent {next_tier}", "A little more and you are {next_tier}"),
        text=_words(
            "Hoi {given_name},\n\n{to_next_tier}.\n\nWat je er dan bij krijgt, lees je bij je "
            "punten.",
            "Hi {given_name},\n\n{to_next_tier}.\n\nWhat you get with it, you read with your "
            "points.",
        ),
        button=_words("Zo kom je er", "How to get there"),
        link="/earn/",
        short=_words("{to_next_tier}.", "{to_next_tier}."),
    ),
}
