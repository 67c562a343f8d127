"""The phrases of which rules and reasons are told: numbers, things, conditions, effects, limits.

Conditions are told from params as reasons carry them (`conditions.condition_params`), so that a
rule and the reason why it did not hold say the same.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from loyalty.earning import figures
from loyalty.earning.naming import Namer
from loyalty.earning.wording import Deed

Params = Mapping[str, str]

_NOT = "not:"
_LISTED = ("line.category", "line.product")
LINE_FIELDS = (*_LISTED, "line.brand", "line.kind", "line.amount")
WHO = ("member.tier", "member.segment", "member.joined", "member.anniversary", "variant")
_OPERATORS = ("", "at_least:", "at_most:", "every:", "equals:")


class Teller(Namer):
    """Says phrases of rules and reasons."""

    # --- What happened -------------------------------------------------------------------------

    def deed(self, trigger: str) -> Deed:
        """The trigger's words, those of a type of one's own made from its label."""
        if known := self.words.deeds.get(trigger):
            return known
        other = self.words.other_deed
        label = self.label(trigger)
        return Deed(*(part.format(label) for part in other))

    def nth(self, operator: str, value: str, of: str) -> str:
        """ "bij elke vijfde aankoop", "bij de eerste 3 aankopen"."""
        deed = self.deed(of)
        first = operator == "at_most" and value == "1"
        template = self.words.first_of if first else self.words.counts[operator]
        if operator == "every" and value == "1":
            return deed.once
        nth = figures.ordinal(int(value), self.language)
        return template.format(**deed._asdict(), nth=nth, count=self.number(value))

    # --- On what, when, where, for whom ---------------------------------------------------------

    def things(self, params: Params, prefix: str = "") -> str:
        """What must be bought: "verf en beits", "verf van Histor", "verf vanaf € 20 per regel"."""
        join = self.words.conjunction
        found = {field: params[prefix + field] for field in LINE_FIELDS if prefix + field in params}
        named = [self.listing(found[field], join) for field in _LISTED if field in found]
        if "line.kind" in found:
            named.append(self.listing(found["line.kind"], join, self.words.kinds))
        things = f"{named[0]} ({', '.join(named[1:])})" if len(named) > 1 else "".join(named)
        if brand := found.get("line.brand"):
            made_by = self.words.by_brand.format(self.listing(brand, join))
            things = f"{things or self.words.products} {made_by}"
        if amount := found.get("line.amount"):
            things = self.words.each_line.format(
                things=things or self.words.products, amount=self.money(amount)
            )
        return things

    def condition(self, field: str, params: Params) -> str:
        """One condition as a phrase, a "not" left out: "op verf", "in de app", "vanaf € 50".

        Empty when the params do not say what this version would need to know.
        """
        if field in LINE_FIELDS:
            prefix = _NOT if _NOT + field in params else ""
            things = self.things({prefix + field: params.get(prefix + field, "")}, prefix)
            return self.words.on.format(things) if things else ""
        if field == "count":
            return self._count(params)
        told = self._told(field, params)
        return self.words.members.format(told) if told and field in WHO else told

    def who(self, field: str, params: Params) -> str:
        """A condition of the member as it follows the word for members: "met tier Goud"."""
        return self._told(field, params)

    def _count(self, params: Params) -> str:
        for operator in self.words.counts:
            if value := params.get(f"{operator}:count"):
                return self.nth(operator, value, params.get("of", ""))
        return ""

    def _told(self, field: str, params: Params) -> str:
        for prefix in (*_OPERATORS, _NOT):
            if prefix + field in params:
                template = self.words.fields.get(prefix + field) or self.words.fields.get(field, "")
                return self._fill(template, field, params[prefix + field], params)
        return ""

    def _fill(self, template: str, field: str, value: str, params: Params) -> str:
        match field:
            case "activity.attribute":
                name = self.label(params.get("name", ""))
                return template.format(name=name, value=self._attribute(value))
            case "variant":
                campaign = self.label(params.get("campaign", ""), "campaign")
                return template.format(self._either(value), campaign=campaign)
            case "time.month_day":
                days = [figures.day_of_year(day, self.language) for day in value.split(",")]
                same = days[0] == days[-1]
                return self.words.fields["time.weekday" if same else field].format(*days[:2])
            case "time.hours":
                return template.format(*value.split(","))
        return template.format(self._value(field, value))

    def _value(self, field: str, value: str) -> str:
        say = {
            "basket.amount": self.money,
            "basket.quantity": self.pieces,
            "basket.contains": self._all,
            "activity.channel": self._channels,
            "time.weekday": self._weekdays,
            "member.joined": self._days,
            "member.anniversary": self._anniversary,
        }.get(field, self._either)
        return say(value)

    def _all(self, value: str) -> str:
        return self.listing(value, self.words.conjunction)

    def _days(self, value: str) -> str:
        return self.counted(self.words.days, value)

    def _anniversary(self, value: str) -> str:
        return self.words.anniversary.get(value, "")

    def _either(self, value: str) -> str:
        return self.listing(value, self.words.alternative)

    def _attribute(self, value: str) -> str:
        is_number = value.lstrip("-").replace(".", "", 1).isdecimal()
        return self.number(value) if is_number else self._either(value)

    def _channels(self, value: str) -> str:
        names = {
            key: self.words.channels.get(key) or self.words.other_channel.format(self.label(key))
            for key in value.split(",")
        }
        return self.listing(value, self.words.alternative, names)

    def _weekdays(self, value: str) -> str:
        return figures.weekdays(
            value.split(","), self.language, self.words.days_through, self.words.conjunction
        )

    # --- When ----------------------------------------------------------------------------------

    def since(self, starts_at: datetime, zone: tzinfo) -> str:
        return self.words.since.format(self._date(starts_at.astimezone(zone)))

    def through(self, ends_at: datetime, zone: tzinfo) -> str:
        """The end is the first moment that no longer counts; readers are told the last day."""
        end = ends_at.astimezone(zone)
        if figures.is_midnight(end):
            return self.words.through.format(self._date(end - timedelta(days=1)))
        return self.words.until.format(self._date(end))

    def _date(self, moment: datetime) -> str:
        return figures.date(moment, self.language, in_year=self.year)

    # --- What is given, and at most -------------------------------------------------------------

    def effect(self, kind: str, params: Params) -> str:
        """ "3 punten per euro", "2× punten", "50 punten", "de beloning Gratis kwast"."""
        unit = params.get("unit", "")
        match kind:
            case "multiplier":
                factor = self.number(params["factor"])
                return self.words.multiplier.format(factor=factor, units=self.units(unit))
            case "reward":
                return self.words.reward.format(self.label(params["reward"], "reward"))
            case "cap":
                return self.words.cap.format(self.most(params))
            case "per_amount":
                return self._per(params, self._per_money(params["per"]))
            case "per_quantity":
                return self._per(params, self._per_pieces(params["per"]))
        return self.points(params["points"], unit)

    def _per(self, params: Params, per: str) -> str:
        points = self.points(params["points"], params.get("unit", ""))
        return self.words.per.format(points=points, per=per)

    def _per_money(self, per: str) -> str:
        is_one = figures.brief(per, "en") == "1"
        return (is_one and self.words.per_money.get(self.currency)) or self.money(per)

    def _per_pieces(self, per: str) -> str:
        return self.words.each_piece if figures.brief(per, "en") == "1" else self.pieces(per)

    def most(self, limit: Params, *, told: Sequence[str] = ()) -> str:
        """How much is the most: "500 punten per maand", "1 keer per week voor alle klanten samen".

        `limit` has what a limit or a cap says; units in `told` have just been named.
        """
        if limit.get("of") == "times":
            most = self.counted(self.words.times, limit["most"])
        elif limit.get("unit", "points") in told:
            most = self.number(limit["most"])
        else:
            most = self.points(limit["most"], limit.get("unit", ""))
        period = self._period(limit.get("period", "ever"), limit.get("trigger", ""))
        shared = self.words.shared.get(limit.get("scope", "member"), "{}")
        return shared.format(f"{most} {period}")

    def _period(self, period: str, trigger: str) -> str:
        if period == "activity" and trigger in self.words.deeds:
            return self.words.each_deed.format(self.words.deeds[trigger].one)
        return self.words.periods[period]
