"""What is told in the message box when something has happened to a member.

Sentences are plain Python, each in both languages: a message is written when it is sent, for a
reader whose language may change.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from loyalty.events import PointsAdjusted
from loyalty.events.dates import PointsExpiring
from loyalty.events.tiers import TierChanged
from loyalty.models import Account, OutboxEvent, Programme
from loyalty.services import adjustments
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.types import Words
from members.events import CardBlocked, MemberEnrolled
from members.models import Membership
from members.services.messages import MessageDraft
from members.services.outgoing import announce

LANGUAGES = ("nl", "en")
MONTHS: dict[str, list[str]] = {
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
TEXTS: dict[str, tuple[Words, Words]] = {
    "welcome": (
        {"nl": "Welkom bij {programme}", "en": "Welcome to {programme}"},
        {
            "nl": "Fijn dat je er bent. Laat je kaart zien aan de kassa, of geef je e-mailadres in"
            " de webwinkel: dan spaar je vanzelf. Bij elk punt zie je waar het vandaan komt.",
            "en": "Good to have you. Show your card at the till, or give your e-mail address in the"
            " webshop, and saving goes by itself. With every point you see where it comes from.",
        },
    ),
    "expiring": (
        {"nl": "{points} vervallen na {day}", "en": "{points} expire after {day}"},
        {
            "nl": "Je kunt ze tot en met {day} besteden. Wat het eerst vervalt, geef je altijd het"
            " eerst uit.",
            "en": "You can spend them up to and including {day}. What expires first is always"
            " spent first.",
        },
    ),
    "tier_up": (
        {"nl": "Je bent nu {tier}", "en": "You are {tier} now"},
        {
            "nl": "Vanaf vandaag gelden de voordelen van {tier} voor jou. Op je startpagina zie je"
            " wat je nodig hebt om het te blijven.",
            "en": "From today the benefits of {tier} are yours. Your home page says what it takes"
            " to stay there.",
        },
    ),
    "tier_down": (
        {"nl": "Je bent geen {before} meer", "en": "You are no longer {before}"},
        {
            "nl": "De periode waarover we tellen is voorbij en je kwam net niet uit. {now}Je punten"
            " houd je; op je startpagina zie je wat er nodig is om terug te komen.",
            "en": "The period that we count over has passed and it was not quite enough. {now}You"
            " keep your points; your home page says what it takes to come back.",
        },
    ),
    "corrected": (
        {"nl": "De winkel heeft je saldo gecorrigeerd", "en": "The shop corrected your balance"},
        {
            "nl": "Wat er veranderde en waarom staat bij je bewegingen. Klopt het niet? Vraag het"
            " na.",
            "en": "What changed and why is with your movements. Is it not right? Ask us.",
        },
    ),
    "card_blocked": (
        {"nl": "Je kaart is geblokkeerd", "en": "Your card is blocked"},
        {
            "nl": "Niemand kan er nog mee sparen of betalen. Je punten zijn veilig. Heb je geen"
            " nieuwe kaart gekregen, vraag er dan een in de winkel.",
            "en": "Nobody can save or pay with it any more. Your points are safe. If you have not"
            " been given a new card, ask for one in the shop.",
        },
    ),
}
NOW: Words = {"nl": "Je bent nu {tier}. ", "en": "You are {tier} now. "}
KINDS = {"tier_up": "tier", "tier_down": "tier", "expiring": "expiry", "welcome": "welcome"}
STATEMENT, HOME, CARD, REWARDS, EARN = "/statement/", "/", "/card/", "/rewards/", "/earn/"

LATEST = timedelta(days=7)

Draft = tuple[str, str, dict[str, Words]]  # which text, where it leads, what is filled in


def tell_news(*, events: Sequence[OutboxEvent]) -> None:
    """Put in the message boxes what members should hear of these events, once each.

    So many queries, however many events: the members, a rulebook's version per programme, and the
    messages themselves. Events of which nothing need be told are passed over.
    """
    concerned = _members_of(events)
    programmes = {one.programme_id for one in concerned.values()}
    books = {pk: current_rulebook(programme_id=pk) for pk in programmes}
    drafts = []
    for event in _worth_telling(events):
        membership = concerned.get(event.subject)
        if membership is None:
            continue
        book = books[membership.programme_id]
        told = _TELLERS[event.name](event.payload, membership.programme, book)
        if told is not None:
            drafts.append(_draft(event, membership, told))
    announce(messages=drafts)


def _members_of(events: Sequence[OutboxEvent]) -> dict[UUID | None, Membership]:
    """By the subject of the events: mostly a holder, of a card's events the member."""
    subjects = {event.subject for event in events if event.subject}
    there = Membership.objects.filter(member__erased_at=None)
    memberships = there.select_related("programme").defer("programme__logo")
    found: dict[UUID | None, Membership] = {}
    for one in memberships.filter(Q(holder__in=subjects) | Q(member_id__in=subjects)):
        found[one.holder] = found[one.member_id] = one
    return found


def _worth_telling(events: Sequence[OutboxEvent]) -> list[OutboxEvent]:
    """Without those about an account for something else than points, and without old history."""
    named = {event.payload["account"] for event in events if "account" in event.payload}
    others: set[int] = set()
    if named:
        accounts = Account.objects.filter(pk__in=named).exclude(unit__code="points")
        others = set(accounts.values_list("pk", flat=True))
    return [
        event
        for event in events
        if event.payload.get("account") not in others
        and event.recorded_at - event.occurred_at <= LATEST  # history that was loaded is no news
    ]


def _draft(event: OutboxEvent, membership: Membership, told: Draft) -> MessageDraft:
    which, link, filled = told
    title, text = TEXTS[which]
    return MessageDraft(
        membership_id=membership.pk,
        key=f"{which}:{event.pk}",
        kind=KINDS.get(which, "service"),
        title=_filled(title, filled),
        text=_filled(text, filled),
        link=link,
        sent_at=event.occurred_at,
    )


def _filled(words: Words, filled: dict[str, Words]) -> Words:
    return {
        language: words[language].format(**{key: said[language] for key, said in filled.items()})
        for language in LANGUAGES
    }


# --- One function per event: what is told, or nothing -------------------------------------------


def _enrolled(payload: dict[str, Any], programme: Programme, book: Rulebook) -> Draft | None:
    if payload["touchpoint"] == "import":  # they were members before this house was theirs
        return None
    return "welcome", EARN, {"programme": _same(programme.name)}


def _expiring(payload: dict[str, Any], programme: Programme, book: Rulebook) -> Draft | None:
    day = date.fromisoformat(payload["last_day"])
    return "expiring", REWARDS, {"points": _points(payload["points"]), "day": _day(day)}


def _tier_changed(payload: dict[str, Any], programme: Programme, book: Rulebook) -> Draft | None:
    ladder = next((t for t in book.rule_set.tier_sets if t.key == payload["tier_set"]), None)
    if ladder is None:
        return None
    names = {tier.key: tier.name for tier in ladder.policy.tiers}
    before, after = payload["before"], payload["after"]
    if after and after not in names:
        return None
    if after and ladder.levels.get(after, -1) > ladder.levels.get(before, -1):
        return "tier_up", HOME, {"tier": names[after]}
    if before not in names:
        return None
    now = _filled(NOW, {"tier": names[after]}) if after else _same("")
    return "tier_down", HOME, {"before": names[before], "now": now}


def _corrected(payload: dict[str, Any], programme: Programme, book: Rulebook) -> Draft | None:
    if payload["source"] != adjustments.SOURCE or "import" in payload["external_id"]:
        return None  # opening balances of an import are no correction
    return "corrected", STATEMENT, {}


def _card_blocked(payload: dict[str, Any], programme: Programme, book: Rulebook) -> Draft | None:
    return ("card_blocked", CARD, {}) if payload["kind"].upper() == "CARD" else None


_TELLERS: dict[str, Callable[[dict[str, Any], Programme, Rulebook], Draft | None]] = {
    MemberEnrolled.name: _enrolled,
    PointsExpiring.name: _expiring,
    TierChanged.name: _tier_changed,
    PointsAdjusted.name: _corrected,
    CardBlocked.name: _card_blocked,
}


def _same(text: str) -> Words:
    return dict.fromkeys(LANGUAGES, text)


def _points(points: int) -> Words:
    one = abs(points) == 1
    dutch = f"{points:,}".replace(",", ".")
    return {
        "nl": f"{dutch} {'punt' if one else 'punten'}",
        "en": f"{points:,} {'point' if one else 'points'}",
    }


def _day(day: date) -> Words:
    return {
        language: f"{day.day} {MONTHS[language][day.month - 1]} {day.year}"
        for language in LANGUAGES
    }
