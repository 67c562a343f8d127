"""What the rules look at while one activity is judged; what costs time is worked out when asked."""

from datetime import date, datetime, tzinfo

from loyalty.earning.basket import Basket, read_basket, read_quantities
from loyalty.types import Activity, EarningBase, MemberFacts, Rounding


class Scene:
    """One activity, what is known of the member, and the basket in whole numbers."""

    __slots__ = ("_local", "_quantities", "activity", "basket", "facts", "rounding", "zone")

    def __init__(
        self,
        activity: Activity,
        facts: MemberFacts,
        *,
        rounding: Rounding,
        zone: tzinfo,
        base: EarningBase,
    ) -> None:
        self.activity = activity
        self.facts = facts
        self.rounding = rounding
        self.zone = zone
        self.basket: Basket = read_basket(activity, base)
        self._local: datetime | None = None
        self._quantities: list[int] | None = None

    @property
    def local(self) -> datetime:
        """When it happened, on the clock of the programme's zone."""
        if self._local is None:
            self._local = self.activity.occurred_at.astimezone(self.zone)
        return self._local

    @property
    def day(self) -> date:
        """The programme's day on which it happened."""
        return self.local.date()

    @property
    def quantities(self) -> list[int]:
        """Of every line, in thousandths; nothing below zero."""
        if self._quantities is None:
            self._quantities = read_quantities(self.basket.lines)
        return self._quantities

    def nth(self, activity_type: str) -> int:
        """Which activity of that type this is for the member, itself included."""
        before = self.facts.counts.get(activity_type, 0)
        return before + 1 if activity_type == self.activity.type else before

    def days_a_member(self) -> int | None:
        """For how many days; None when nothing is known of the joining."""
        joined = self.facts.joined_on
        return None if joined is None else (self.day - joined).days
