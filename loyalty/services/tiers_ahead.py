"""The tier of many holders and what the next one takes, out of standings that were read already."""

from datetime import date, datetime

import msgspec

from loyalty.earning.projection import project
from loyalty.earning.sentences import tell_projection
from loyalty.earning.standing import read_standing, tier_states
from loyalty.services.held_tiers import tier_names
from loyalty.services.rulebook import Rulebook
from loyalty.types import Words

LANGUAGES = ("nl", "en")


class TierAhead(msgspec.Struct, frozen=True, kw_only=True):
    """The tier that is held and the next one by name, and the way there as a sentence."""

    tier: Words = {}
    next_tier: Words = {}
    way: Words = {}


def tier_ahead(
    *, book: Rulebook, document: str | None, joined_on: date | None, at: datetime
) -> TierAhead:
    """Of the first ladder that says something; `document` is the holder's kept standing."""
    rules = book.rule_set
    if not rules.tier_sets:
        return TierAhead()
    standing = read_standing(msgspec.json.decode(document) if document else {})
    names = tier_names(book)
    states = tier_states(standing, rules, at=at, joined_on=joined_on)
    held = next((names.get(each.tier, {}) for each in states if each.tier), {})
    ahead = project(standing, rules, at=at, joined_on=joined_on)
    coming = next((each for each in ahead if not each.is_keep), None)
    if coming is None:
        return TierAhead(tier=held)
    way = {
        language: tell_projection(
            coming, language, at=at, currency=book.currency, labels=book.labels, zone=book.zone
        )
        for language in LANGUAGES
    }
    return TierAhead(tier=held, next_tier=dict(coming.name), way=way)
