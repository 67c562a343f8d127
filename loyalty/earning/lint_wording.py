"""What lint says, in Dutch and English. `{a}` and `{b}` are the names of the rules concerned."""

from collections.abc import Mapping

from loyalty.types import Language

TEMPLATES: Mapping[str, Mapping[Language, str]] = {
    "never_fires": {
        "nl": "‘{a}’ kan nooit gelden: {conditions} gaan niet samen",
        "en": "‘{a}’ can never apply: {conditions} do not go together",
    },
    "never_fires.alone": {
        "nl": "‘{a}’ kan nooit gelden: {conditions} laat niets over",
        "en": "‘{a}’ can never apply: {conditions} leaves nothing",
    },
    "never_fires.period": {
        "nl": "‘{a}’ kan nooit gelden: {conditions} valt buiten de looptijd",
        "en": "‘{a}’ can never apply: {conditions} falls outside its period",
    },
    "never_fires.unknown": {
        "nl": "‘{a}’ kan nooit gelden: {keys} is hier niet bekend",
        "en": "‘{a}’ can never apply: {keys} is not known here",
    },
    "never_fires.excluded": {
        "nl": "‘{a}’ kan nooit gelden: {conditions} worden in dit programma geen punten verdiend",
        "en": "‘{a}’ can never apply: no points are earned {conditions} in this programme",
    },
    "period_over": {
        "nl": "‘{a}’ is voorbij: de regel gold {through}",
        "en": "‘{a}’ is over: it applied {through}",
    },
    "unknown_key": {
        "nl": "‘{a}’ noemt {keys}, maar dat is hier niet bekend",
        "en": "‘{a}’ names {keys}, which is not known here",
    },
    "unknown_unit": {
        "nl": "‘{a}’ geeft {unit}, maar die eenheid is er niet",
        "en": "‘{a}’ gives {unit}, but there is no such unit",
    },
    "unknown_budget": {
        "nl": "‘{a}’ put uit het budget {budget}, maar dat is er niet",
        "en": "‘{a}’ draws on the budget {budget}, but there is none",
    },
    "unused_budget": {
        "nl": "Geen enkele regel put uit het budget {budget}",
        "en": "No rule draws on the budget {budget}",
    },
    "lines_unlikely": {
        "nl": "‘{a}’ telt artikelen, maar die zijn er {deed} meestal niet",
        "en": "‘{a}’ counts items, but {deed} there usually are none",
    },
    "limit_below": {
        "nl": "‘{a}’ geeft in één keer {points}, maar hoogstens {most}",
        "en": "‘{a}’ gives {points} at once, but at most {most}",
    },
    "budget_below": {
        "nl": "‘{a}’ geeft in één keer {points}; het budget {budget} heeft er {most}",
        "en": "‘{a}’ gives {points} at once; the budget {budget} has {most}",
    },
    "cap_below": {
        "nl": "‘{a}’ geeft in één keer {points}, maar ‘{b}’ laat hoogstens {most} toe",
        "en": "‘{a}’ gives {points} at once, but ‘{b}’ allows at most {most}",
    },
    "multiplier_without_base": {
        "nl": "‘{a}’ vermenigvuldigt {units}, maar geen regel geeft {units} "
        "op dezelfde artikelen in dezelfde tijd",
        "en": "‘{a}’ multiplies {units}, but no rule gives {units} "
        "on the same items at the same time",
    },
    "overlap": {
        "nl": "‘{a}’ en ‘{b}’ raken allebei {things}; ze tellen allebei",
        "en": "‘{a}’ and ‘{b}’ both hit {things}; both count",
    },
    "overlap.first": {
        "nl": "‘{a}’ en ‘{b}’ raken allebei {things}; alleen ‘{a}’ telt",
        "en": "‘{a}’ and ‘{b}’ both hit {things}; only ‘{a}’ counts",
    },
    "overlap.best": {
        "nl": "‘{a}’ en ‘{b}’ raken allebei {things}; alleen wat het meeste oplevert, telt",
        "en": "‘{a}’ and ‘{b}’ both hit {things}; only what gives most counts",
    },
    "never_wins": {
        "nl": "‘{b}’ telt nooit: in de groep {group} gaat ‘{a}’ altijd voor",
        "en": "‘{b}’ never counts: in the group {group} ‘{a}’ always comes first",
    },
    "group_disagrees": {
        "nl": "‘{a}’ en ‘{b}’ kiezen in de groep {group} verschillend; ‘{a}’ bepaalt het",
        "en": "‘{a}’ and ‘{b}’ choose differently in the group {group}; ‘{a}’ decides",
    },
    "short_life": {
        "nl": "Wat ‘{a}’ geeft, kan al na {days} vervallen",
        "en": "What ‘{a}’ gives may lapse after {days}",
    },
}
SAME_THINGS: Mapping[Language, str] = {"nl": "dezelfde artikelen", "en": "the same items"}
