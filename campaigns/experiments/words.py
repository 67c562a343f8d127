"""A reading in words that are honest: what was found, how sure, and what could not be told."""

from collections.abc import Callable
from typing import Final, NamedTuple

from campaigns.experiments.figures import Compared, Figures, Range, Verdict

Shown = Callable[[float], str]  # the goal's figure as the reader writes it: "€ 3,20"
MINUS: Final = "\N{MINUS SIGN}"


class Told(NamedTuple):
    """The answer in one sentence, and what has to be known beside it."""

    answer: str
    more: list[str]


# Per language and goal: of more, of less, and what the figure is of.
_DID: Final = {
    "nl": {
        "SPEND": ("gaf gemiddeld {by} meer uit", "gaf gemiddeld {by} minder uit"),
        "PURCHASED": ("kocht vaker wel iets: {by} meer", "kocht minder vaak iets: {by} minder"),
        "PURCHASES": ("kocht gemiddeld {by} keer vaker", "kocht gemiddeld {by} keer minder"),
        "REDEEMED": ("wisselde vaker iets in: {by} meer", "wisselde minder in: {by} minder"),
    },
    "en": {
        "SPEND": ("spent {by} more on average", "spent {by} less on average"),
        "PURCHASED": ("bought more often: {by} more", "bought less often: {by} less"),
        "PURCHASES": ("bought {by} times more on average", "bought {by} times less on average"),
        "REDEEMED": ("redeemed more often: {by} more", "redeemed less often: {by} less"),
    },
}
_TEXTS: Final = {
    "nl": {
        "found": "Wie het kreeg, {did}{part} dan wie niets kreeg, in {days} dagen.",
        "not_shown": (
            "Er is geen effect aangetoond: het verschil van {by} kan even goed toeval zijn."
        ),
        "too_few": "Er zijn nog te weinig leden om iets te zeggen.",
        "no_holdout": (
            "Wat deze campagne deed is niet te zeggen: er is niemand buiten gehouden om mee te "
            "vergelijken."
        ),
        "uneven": (
            "Vertrouw deze uitkomst niet: de groepen zijn anders verdeeld dan geloot, en dat is "
            "geen toeval. Zoek eerst uit waardoor."
        ),
        "part": " ({part})",
        "early": "Tussenstand. Het oordeel komt op {day}, zoals vooraf gezegd.",
        "early_open": "Tussenstand: vooraf is geen dag gezegd waarop geoordeeld wordt.",
        "early_wide": (
            "Wie eerder kijkt, krijgt ruimere marges; die kloppen hoe vaak er ook gekeken wordt."
        ),
        "ended": (
            "De campagne is op {day} gestopt, eerder dan vooraf gezegd{why}. Geoordeeld wordt op de "
            "dag die gezegd was, over wie toen al meedeed."
        ),
        "between": (
            "Het ware verschil ligt tussen {low} en {high} per lid; zulke marges kloppen in 95 van "
            "de 100 campagnes."
        ),
        "not_between": "Hoe groot het verschil werkelijk is, valt niet te begrenzen.",
        "smallest": (
            "Een verschil kleiner dan {smallest} per lid had deze campagne waarschijnlijk niet laten "
            "zien. Geen effect aangetoond is niet hetzelfde als geen effect."
        ),
        "net_more": "Na aftrek van de kosten bleef {net} per lid over (tussen {low} en {high}).",
        "net_less": "De campagne kostte {net} per lid meer dan ze bracht (tussen {low} en {high}).",
        "net_open": (
            "Of de campagne haar kosten opbracht is niet zeker: het saldo ligt tussen {low} en {high} "
            "per lid."
        ),
        "best": "Van de varianten is alleen voor {shown} een effect aangetoond.",
        "best_many": "Een effect is aangetoond voor: {shown}.",
        "best_none": (
            "Voor geen van de varianten apart is een effect aangetoond; meer vragen tegelijk "
            "vragen meer bewijs."
        ),
        "unripe": "{count} leden tellen nog niet mee: hun {days} dagen zijn nog niet om.",
    },
    "en": {
        "found": "Those who got it {did}{part} than those who got nothing, in {days} days.",
        "not_shown": "No effect was shown: the difference of {by} may as well be chance.",
        "too_few": "There are too few members to say anything yet.",
        "no_holdout": (
            "What this campaign did cannot be told: nobody was held out to compare with."
        ),
        "uneven": (
            "Do not trust this result: the groups are divided otherwise than was drawn, and that "
            "is no chance. Find out why first."
        ),
        "part": " ({part})",
        "early": "Read early. It is judged on {day}, as was said beforehand.",
        "early_open": "Read early: no day was said beforehand on which it is judged.",
        "early_wide": (
            "Who looks early gets wider margins; they hold however often anybody looks."
        ),
        "ended": (
            "The campaign was ended on {day}, earlier than was said beforehand{why}. It is judged "
            "on the day that was said, by those who were in it by then."
        ),
        "between": (
            "The true difference lies between {low} and {high} per member; such margins hold in 95 "
            "of 100 campaigns."
        ),
        "not_between": "How large the difference really is cannot be bounded.",
        "smallest": (
            "This campaign would probably not have shown a difference smaller than {smallest} per "
            "member. No effect shown is not the same as no effect."
        ),
        "net_more": "After its cost, {net} per member was left (between {low} and {high}).",
        "net_less": "It cost {net} per member more than it brought (between {low} and {high}).",
        "net_open": (
            "Whether it earned its cost back is not sure: the balance lies between {low} and "
            "{high} per member."
        ),
        "best": "Of the variants, an effect was shown for {shown} only.",
        "best_many": "An effect was shown for: {shown}.",
        "best_none": (
            "For none of the variants alone was an effect shown; more questions at once ask for "
            "more proof."
        ),
        "unripe": "{count} members do not count yet: their {days} days are not over.",
    },
}
# What is said otherwise of all marketing together.
_TOGETHER: Final = {
    "nl": {
        "found": (
            "Wie van ons mocht horen, {did}{part} dan wie we overal buiten hielden, in {days} dagen."
        ),
        "no_holdout": (
            "Wat alle campagnes samen doen is niet te zeggen: niemand wordt overal buiten gehouden. "
            "Zet dat aan bij de afspraken over contact."
        ),
        "uneven": (
            "Vertrouw deze uitkomst niet: de groepen zijn anders verdeeld dan geloot. Is het deel "
            "dat buiten blijft pas veranderd? Kijk dan als deze dagen voorbij zijn."
        ),
        "early_open": "Wie daarvoor al lid was, telt mee; de loting geldt voor alles wat we sturen.",
        "smallest": (
            "Een verschil kleiner dan {smallest} per lid was waarschijnlijk niet te zien geweest. "
            "Geen effect aangetoond is niet hetzelfde als geen effect."
        ),
        "net_less": "Alles samen kostte {net} per lid meer dan het bracht (tussen {low} en {high}).",
        "net_open": (
            "Of alles samen zijn kosten opbracht is niet zeker: het saldo ligt tussen {low} en "
            "{high} per lid."
        ),
    },
    "en": {
        "found": (
            "Those who may hear from us {did}{part} than those held out of everything, in {days} "
            "days."
        ),
        "no_holdout": (
            "What all campaigns do together cannot be told: nobody is held out of everything. Set "
            "that part in the contact policy."
        ),
        "uneven": (
            "Do not trust this result: the groups are divided otherwise than was drawn. Was the "
            "part that is held out changed lately? Look again when these days have passed."
        ),
        "early_open": "Who was a member before counts; the lot holds for all that we send.",
        "smallest": (
            "A difference smaller than {smallest} per member would probably not have been seen. No "
            "effect shown is not the same as no effect."
        ),
        "net_less": (
            "All of it cost {net} per member more than it brought (between {low} and {high})."
        ),
        "net_open": (
            "Whether all of it earned its cost back is not sure: the balance lies between {low} "
            "and {high} per member."
        ),
    },
}


def told(
    figures: Figures,
    language: str,
    *,
    shown: Shown,
    days: Callable[[str], str] = str,
    names: dict[str, str] | None = None,
    reason: str = "",
    is_together: bool = False,
) -> Told:
    """Say a reading in Dutch ("nl") or English.

    `shown` writes a figure of the goal, `days` a day, `names` are the variants', `reason` why it
    was stopped; `is_together` says it of all marketing and not of one campaign. Nothing is called
    an effect that may be chance.
    """
    texts = _TEXTS[language] | (_TOGETHER[language] if is_together else {})
    overall = figures.overall
    more = _standing(figures, texts, days, reason)
    if overall is None:
        return Told(texts[_SILENT[figures.verdict]], more)
    if figures.verdict == Verdict.UNEVEN:
        return Told(texts["uneven"], more)
    answer = _answer(figures, overall, texts, language, shown)
    more = [_margins(overall.absolute, texts, shown), *more]
    if figures.verdict == Verdict.NOT_SHOWN and figures.smallest is not None:
        more.insert(1, texts["smallest"].format(smallest=shown(figures.smallest)))
    if overall.net is not None and figures.cost > 0:
        more.append(_net(overall.net, texts, shown))
    if figures.variants:
        more.append(_variants(figures.variants, texts, names or {}))
    return Told(answer, more)


_SILENT: Final = {
    Verdict.TOO_FEW: "too_few",
    Verdict.NO_HOLDOUT: "no_holdout",
    Verdict.UNEVEN: "uneven",
}


def part(value: float, language: str) -> str:
    """A relative difference: "+12%", "−3,5%"."""
    number = f"{abs(value) * 100:.1f}".removesuffix(".0")
    number = number.replace(".", ",") if language == "nl" else number
    return f"{MINUS if value < 0 else '+'}{number}%"


def _answer(
    figures: Figures, overall: Compared, texts: dict[str, str], language: str, shown: Shown
) -> str:
    by = overall.absolute.estimate
    if figures.verdict == Verdict.NOT_SHOWN:
        return texts["not_shown"].format(by=shown(by))
    more, less = _DID[language][figures.goal]
    did = (more if by > 0 else less).format(by=shown(abs(by)))
    relative = overall.relative
    told_part = texts["part"].format(part=part(relative.estimate, language)) if relative else ""
    return texts["found"].format(did=did, part=told_part, days=figures.goal_days)


def _standing(
    figures: Figures, texts: dict[str, str], days: Callable[[str], str], reason: str
) -> list[str]:
    """What has to be known of when it is read, and of how it was stopped."""
    more = []
    if figures.ended_early_on:
        why = f" ({reason})" if reason else ""
        more.append(texts["ended"].format(day=days(figures.ended_early_on), why=why))
    if not figures.is_final:
        early = "early" if figures.reading_on else "early_open"
        more.append(texts[early].format(day=days(figures.reading_on)))
        if figures.overall is not None:
            more.append(texts["early_wide"])
    if figures.entered > figures.ripe:
        count = figures.entered - figures.ripe
        more.append(texts["unripe"].format(count=count, days=figures.goal_days))
    return more


def _margins(absolute: Range, texts: dict[str, str], shown: Shown) -> str:
    if absolute.low is None or absolute.high is None:
        return texts["not_between"]
    return texts["between"].format(low=shown(absolute.low), high=shown(absolute.high))


def _net(net: Range, texts: dict[str, str], shown: Shown) -> str:
    if net.low is None or net.high is None:
        return texts["not_between"]
    text = "net_open" if not net.is_shown else "net_more" if net.estimate > 0 else "net_less"
    return texts[text].format(
        net=shown(abs(net.estimate)), low=shown(net.low), high=shown(net.high)
    )


def _variants(variants: list[Compared], texts: dict[str, str], names: dict[str, str]) -> str:
    shown = [names.get(each.key, each.key) for each in variants if each.is_shown]
    if not shown:
        return texts["best_none"]
    return texts["best" if len(shown) == 1 else "best_many"].format(shown=", ".join(shown))
