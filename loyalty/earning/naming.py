"""Numbers, money, units and keys in a reader's words."""

from collections.abc import Mapping

from loyalty.earning import figures
from loyalty.earning.wording import Counted, RuleWording
from loyalty.types import Language, Words

Labels = Mapping[str, Words]


def plain_language(language: Language) -> Language:
    """Dutch when the language is any Dutch, else English."""
    return "nl" if language.lower().startswith("nl") else "en"


class Namer:
    """Says names and numbers in one language, with the programme's currency and words for keys."""

    def __init__(
        self,
        language: Language,
        words: RuleWording,
        currency: str,
        labels: Labels,
        *,
        year: int | None = None,
    ) -> None:
        self.language = language
        self.words = words
        self.currency = currency
        self.labels = labels
        self.year = year  # left out of dates in it

    def points(self, count: str | int, unit: str = "") -> str:
        """ "1 punt", "1.250 punten", "3 stempels"."""
        one, many = self._unit(unit or "points")
        return (one if str(count) == "1" else many).format(self.number(count))

    def units(self, unit: str = "") -> str:
        """What the unit is called when many: "punten"."""
        return self._unit(unit or "points")[1].format("").strip()

    def extra_points(self, count: str | int, unit: str = "") -> str:
        """ "50 punten extra"."""
        called = self._unit(unit or "points")[str(count) != "1"].format("").strip()
        return self.words.extra.format(count=self.number(count), unit=called)

    def counted(self, forms: Counted, count: str | int) -> str:
        return forms[0 if str(count) == "1" else 1].format(self.number(count))

    def pieces(self, count: str) -> str:
        return self.counted(self.words.pieces, count)

    def number(self, count: str | int) -> str:
        return figures.brief(str(count), self.language)

    def money(self, amount: str) -> str:
        return figures.round_money(amount, self.language, self.currency)

    def label(self, key: str, kind: str = "") -> str:
        """The key's words in this language, or the key with spaces for underscores.

        Words for one kind of key alone, "unit:stars", come before those for any.
        """
        known = self.labels.get(f"{kind}:{key}" if kind else key) or self.labels.get(key, {})
        return known.get(self.language) or key.replace("_", " ")

    def _unit(self, unit: str) -> Counted:
        """One and many of it; a programme's word for many alone still has the usual one for one."""
        usual = self.words.units.get(unit)
        named = self.labels.get(f"unit:{unit}", {}).get(self.language)
        if usual and named in (None, usual[1].format("").strip()):
            return usual
        one, _, many = (named or self.label(unit)).partition("|")
        return self.words.other_unit.format(one), self.words.other_unit.format(many or one)

    def listing(self, value: str, conjunction: str, names: Mapping[str, str] | None = None) -> str:
        """Keys of a param as words; a last "+12" says how many more there are."""
        *keys, last = value.split(",")
        more = last[1:] if last.startswith("+") else ""
        keys += [] if more else [last]
        shown = [(names or {}).get(key) or self.label(key) for key in keys]
        if more:
            more = self.words.others.format(more)
            return figures.listing([*shown, more], self.words.conjunction)
        return figures.listing(shown, conjunction)
