"""Why a rule gave its points, or why not: a sentence for a member, a cashier or the service desk."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Literal

from loyalty.earning import figures
from loyalty.earning.teller import Params, Teller
from loyalty.earning.wording import ReasonWording
from loyalty.types import Outcome, Reason

Audience = Literal["member", "cashier", "desk"]

_REACHED = ("basket.amount", "basket.quantity", "basket.contains")


class ReasonTeller:
    """Tells one reason; `is_ahead` before the purchase, when a near miss can still be mended."""

    def __init__(
        self,
        teller: Teller,
        words: ReasonWording,
        reason: Reason,
        *,
        audience: Audience,
        is_ahead: bool,
        zone: tzinfo,
    ) -> None:
        self.teller = teller
        self.words = words
        self.reason = reason
        self.params: Params = reason.params
        self.audience = audience
        self.is_ahead = is_ahead
        self.zone = zone

    def sentence(self) -> str:
        """With a capital and without a full stop."""
        said = _TOLD[self.reason.outcome](self) or self._template("not_met")
        said = said[:1].upper() + said[1:]
        return self._with_figures(said) if self.audience == "desk" else said

    def _template(self, name: str) -> str:
        """The cashier's shorter one, if there is one."""
        short = self.words.cashier.get(name) if self.audience == "cashier" else None
        full: str = getattr(self.words, name)
        return short or full

    def _with_figures(self, sentence: str) -> str:
        """For the desk: which rule and version, which lines, and every number behind it."""
        told = [f"{self.reason.rule} v{self.reason.version}"]
        if lines := self.reason.lines:
            numbers = figures.listing([str(at + 1) for at in lines], self.teller.words.conjunction)
            told.append(self.words.desk_lines[len(lines) > 1].format(numbers))
        told += [f"{name}={value}" for name, value in sorted(self.params.items())]
        return self.words.desk.format(sentence=sentence, figures=", ".join(told))

    # --- What it gave --------------------------------------------------------------------------

    def applied(self) -> str:
        what = self._what() or self._name()
        if self.reason.code == "reward":
            return what
        if self.reason.code == "cap":
            cut = self.teller.points(self.params.get("cut", "0"), self._unit())
            return self._template("less").format(what=what, points=cut)
        points = self.teller.points(self.reason.points, self._unit())
        said = self._template("gave").format(what=what, points=points)
        limit = self._limit_reached()
        if "cut" not in self.params or not limit:
            return said
        cut = self.teller.number(self.params["cut"])
        return self._template("trimmed").format(sentence=said, cut=cut, limit=limit)

    def _unit(self) -> str:
        """What is counted: reasons without points name it among the params."""
        return self.params.get("unit", self.reason.unit)

    def _what(self) -> str:
        """What gave the points; empty when the reason carries nothing this version knows."""
        code, params = self.reason.code, {**self.params, "unit": self._unit()}
        if not _NEEDED.get(code, {"?"}) <= params.keys():
            return ""
        things = self.teller.things(params)
        if code == "fixed":
            deed = self._nth() or self.teller.deed(params["trigger"]).once
            parts = [deed, self.teller.words.with_.format(things) if things else ""]
            parts += [self.teller.condition(field, params) for field in _REACHED]
        else:
            on = self.teller.words.on.format(things) if things else ""
            parts = [self.teller.effect(code, params), on, self._nth()]
        return " ".join(part for part in parts if part)

    def _nth(self) -> str:
        return self.teller.condition("count", self.params)

    def _name(self) -> str:
        return self.reason.name.get(self.teller.language) or self.reason.rule

    # --- Why it gave less, or nothing ----------------------------------------------------------

    def limited(self) -> str:
        if budget := self.params.get("budget"):
            budget = self.teller.label(budget, "budget")
            return self._template("budget_spent").format(budget=budget)
        limit = self._limit_reached()
        return self._template("limited").format(limit=limit) if limit else ""

    def _limit_reached(self) -> str:
        """ "het maximum van 500 punten per maand", "het budget herfst", "het maximum “Verf”"."""
        if budget := self.params.get("budget"):
            return self.words.budget.format(self.teller.label(budget, "budget"))
        if cap := self.params.get("cap"):
            return self.words.cap.format(self._rule(cap))
        if "most" not in self.params:
            return ""
        limit = {**self.params, "unit": self._unit(), "scope": self.params.get("limit", "member")}
        return self.words.maximum.format(self.teller.most(limit))

    def _rule(self, key: str) -> str:
        return self.teller.label(key, "rule")

    def lost(self) -> str:
        winner = self.params.get("winner", "")
        if not winner:
            return ""
        name = "lost_first" if self.params.get("choose") == "first" else "lost"
        would = self.teller.points(self.params.get("would_earn", "0"), self._unit())
        return self._template(name).format(winner=self._rule(winner), points=would)

    # --- What was missing ----------------------------------------------------------------------

    def near_miss(self) -> str:
        tell = _NEAR.get(self.reason.code)
        if tell is None or not {"short", "would_earn"} <= self.params.keys():
            return self.not_met()
        return tell(self)

    def near_amount(self) -> str:
        language, currency = self.teller.language, self.teller.currency
        short = figures.money(self.params["short"], language, currency)
        return self._near(short)

    def near_quantity(self) -> str:
        return self._near(self.teller.pieces(self.params["short"]))

    def near_count(self) -> str:
        """The next one, or so many more: it can be mended later too."""
        deed = self.teller.deed(self.params.get("of", ""))
        count = self.params["short"]
        name = "near_next" if count == "1" else "near_count"
        return self._template(name).format(
            one=deed.one, many=deed.many, count=self.teller.number(count), gain=self._gain()
        )

    def _near(self, short: str) -> str:
        template = self._template("near_ahead" if self.is_ahead else "near")
        return template.format(short=short, gain=self._gain())

    def _gain(self) -> str:
        """ "50 punten extra", "de beloning Gratis kwast", or both."""
        gains = []
        if (would_earn := self.params["would_earn"]) != "0":
            gains.append(self.teller.extra_points(would_earn, self._unit()))
        if "reward" in self.params:
            gains.append(self.teller.effect("reward", self.params))
        return figures.listing(gains or [self._name()], self.teller.words.conjunction)

    def not_met(self) -> str:
        """Which condition failed, said as what the rule does ask."""
        code, params = self.reason.code, self.params
        if code in ("no_amount", "excluded"):
            return self._template(code)
        if code == "period":
            return self._out_of_period()
        if code == "cap":
            return self._template("nothing_taken").format(what=self._what() or self._name())
        phrase = self.teller.condition(code, params)
        name = "does_not" if "not:" + code in params else "only"
        return self._template(name).format(phrase) if phrase else ""

    def _out_of_period(self) -> str:
        if starts_at := self.params.get("starts_at"):
            since = self.teller.since(datetime.fromisoformat(starts_at), self.zone)
            return self._template("not_yet").format(since)
        if ends_at := self.params.get("ends_at"):
            through = self.teller.through(datetime.fromisoformat(ends_at), self.zone)
            return self._template("no_longer").format(through)
        return ""


_NEEDED = {
    "fixed": {"trigger"},
    "per_amount": {"points", "per"},
    "per_quantity": {"points", "per"},
    "multiplier": {"factor"},
    "reward": {"reward"},
    "cap": {"most"},
}
_NEAR: dict[str, Callable[[ReasonTeller], str]] = {
    "basket.amount": ReasonTeller.near_amount,
    "line.amount": ReasonTeller.near_amount,
    "basket.quantity": ReasonTeller.near_quantity,
    "count": ReasonTeller.near_count,
}
_TOLD: dict[Outcome, Callable[[ReasonTeller], str]] = {
    Outcome.APPLIED: ReasonTeller.applied,
    Outcome.NEAR_MISS: ReasonTeller.near_miss,
    Outcome.NOT_MET: ReasonTeller.not_met,
    Outcome.LIMITED: ReasonTeller.limited,
    Outcome.LOST: ReasonTeller.lost,
}
