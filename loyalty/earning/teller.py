"""The grammar of the engine's sentences: phrases of one rule or reason, in one language."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from loyalty.earning import figures
from loyalty.earning.wording import EN, NL
from loyalty.types import Language, Reason, Words

Labels = Mapping[str, Words]
Params = Mapping[str, str]

_LINE_FIELDS = ("line.category", "line.product", "line.brand")
_AMOUNT = "basket.amount"
_SITUATION_FIELDS = ("activity.channel", "activity.location", "member.tier", "member.segment")


class Teller:
    """Says phrases in Dutch when the language is any Dutch, else in English."""

    def __init__(self, language: Language, currency: str, labels: Labels) -> None:
        self.language = "nl" if language.lower().startswith("nl") else "en"
        self.words = NL if self.language == "nl" else EN
        self.currency = currency
        self.labels = labels

    def rule(self, code: str, params: Params, segments: Sequence[str]) -> str:
        """The rule without its exceptions and period: what, on what, when, where, for whom."""
        parts = [self.effect(code, params)]
        things = self.things(params)
        trigger = self.trigger(params["trigger"])
        if code == "fixed":
            parts += [trigger, self.words.with_.format(things) if things else ""]
        else:
            told = params["trigger"] != "purchase" or _AMOUNT in params
            parts += [self.words.on.format(things) if things else "", trigger if told else ""]
        for field in (_AMOUNT, *_SITUATION_FIELDS[:-1]):
            if field in params:
                parts.append(self.phrase(field, params[field]))
        groups = [self.phrase("member.segment", segment) for segment in segments]
        parts.append(f" {self.words.conjunction} ".join(groups))
        return " ".join(part for part in parts if part)

    def exceptions(self, params: Params) -> list[str]:
        """What the rule leaves out: "behalve op cadeaubonnen", "niet in de winkel"."""
        told = []
        for field in _LINE_FIELDS + _SITUATION_FIELDS:
            if value := params.get("not:" + field):
                template = self.words.except_ if field in _LINE_FIELDS else self.words.not_
                told.append(template.format(self.phrase(field, value)))
        return told

    def period(
        self, starts_at: datetime | None, ends_at: datetime | None, zone: tzinfo
    ) -> list[str]:
        """From when, and up to and including which day; nothing for what has no bounds."""
        parts = [self.since(starts_at, zone)] if starts_at else []
        parts += [self.through(ends_at, zone)] if ends_at else []
        return [" ".join(parts)] if parts else []

    def since(self, starts_at: datetime, zone: tzinfo) -> str:
        return self.words.since.format(figures.date(starts_at.astimezone(zone), self.language))

    def through(self, ends_at: datetime, zone: tzinfo) -> str:
        """The end is the first moment that no longer counts; readers are told the last day."""
        end = ends_at.astimezone(zone)
        if figures.is_midnight(end):
            last_day = figures.date(end - timedelta(days=1), self.language)
            return self.words.through.format(last_day)
        return self.words.until.format(figures.date(end, self.language))

    def applied(self, code: str, params: Params) -> str:
        """What gave the points; empty when the reason carries nothing this version knows."""
        things = self.things(params)
        if code == "fixed" and "trigger" in params:
            parts = [self.trigger(params["trigger"])]
            parts += [self.words.with_.format(things)] if things else []
            parts += [self.phrase(_AMOUNT, params[_AMOUNT])] if _AMOUNT in params else []
            return " ".join(parts)
        if (code == "multiplier" and "factor" in params) or (
            code == "per_amount" and {"points", "per"} <= params.keys()
        ):
            on_things = " " + self.words.on.format(things) if things else ""
            return self.effect(code, params) + on_things
        return ""

    def near_miss(self, params: Params, *, is_ahead: bool = False) -> str:
        count = params["would_earn"]
        template = self.words.extra_point if count == "1" else self.words.extra_points
        said = self.words.near_miss_ahead if is_ahead else self.words.near_miss
        return said.format(
            short=figures.money(params["short"], self.language, self.currency),
            points=template.format(figures.number(count, self.language)),
        )

    def not_met(self, code: str, params: Params, zone: tzinfo) -> str:
        """Which condition failed, said as what the rule does ask."""
        if code == "no_amount":
            return self.words.no_amount
        if starts_at := params.get("starts_at"):
            return self.words.not_yet.format(self.since(datetime.fromisoformat(starts_at), zone))
        if ends_at := params.get("ends_at"):
            return self.words.no_longer.format(self.through(datetime.fromisoformat(ends_at), zone))
        if code not in (*_LINE_FIELDS, _AMOUNT, *_SITUATION_FIELDS):
            return self.words.not_met
        if excluded := params.get("not:" + code):
            return self.words.does_not.format(self.phrase(code, excluded))
        return self.words.only.format(self.phrase(code, params[code]))

    def named(self, reason: Reason) -> str:
        return reason.name.get(self.language) or reason.rule

    def effect(self, code: str, params: Params) -> str:
        if code == "multiplier":
            return self.words.multiplier.format(figures.factor(params["factor"], self.language))
        points = self.points(int(params["points"]))
        if code == "fixed":
            return points
        per = figures.money(params["per"], self.language, self.currency)
        return self.words.per_amount.format(points=points, per=per)

    def points(self, count: int) -> str:
        template = self.words.point if count == 1 else self.words.points
        return template.format(figures.number(str(count), self.language))

    def phrase(self, field: str, value: str) -> str:
        """One condition: "op verf", "in de app", "voor leden met tier Goud", "vanaf € 50,00"."""
        if field in _LINE_FIELDS:
            return self.words.on.format(self.things({field: value}))
        if field == _AMOUNT:
            shown = figures.money(value, self.language, self.currency)
        elif field == "activity.channel":
            shown = self.listing(value, self.words.alternative, self.words.channels)
        else:
            shown = self.listing(value, self.words.alternative)
        return self.words.fields[field].format(shown)

    def things(self, params: Params) -> str:
        """What must be bought: "verf en beits", "verf van Histor", "producten van Histor"."""
        named = [
            self.listing(params[field], self.words.conjunction)
            for field in ("line.category", "line.product")
            if field in params
        ]
        things = f"{named[0]} ({named[1]})" if len(named) > 1 else "".join(named)
        if brand := params.get("line.brand"):
            made_by = self.words.by.format(self.listing(brand, self.words.conjunction))
            things = f"{things or self.words.products} {made_by}"
        return things

    def trigger(self, trigger: str) -> str:
        known = self.words.triggers.get(trigger)
        return known or self.words.trigger.format(self.label(trigger))

    def listing(
        self, value: str, conjunction: str, phrases: Mapping[str, str] | None = None
    ) -> str:
        """Keys of a reason's param as words; a last "+12" says how many more there are."""
        *keys, last = value.split(",")
        more = last[1:] if last.startswith("+") else ""
        shown = [self._shown(key, phrases) for key in (keys if more else [*keys, last])]
        if more:
            return figures.listing([*shown, self.words.others.format(more)], self.words.conjunction)
        return figures.listing(shown, conjunction)

    def _shown(self, key: str, phrases: Mapping[str, str] | None) -> str:
        if phrases is None:
            return self.label(key)
        return phrases.get(key) or self.words.channel.format(self.label(key))

    def label(self, key: str) -> str:
        """The key's words in this language, or the key with spaces for underscores."""
        return self.labels.get(key, {}).get(self.language) or key.replace("_", " ")
