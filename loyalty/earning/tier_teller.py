"""What it still takes to keep a tier or to reach the next, in one sentence."""

from datetime import datetime, timedelta, tzinfo

from loyalty.earning import figures
from loyalty.earning.projection import Projection
from loyalty.earning.teller import Teller
from loyalty.earning.wording import TierWording

_CENTS = 100
_UNITS = ("points", "credits")  # measures that are counted in a unit


class TierTeller:
    """Tells one projection, as seen at a moment."""

    def __init__(
        self,
        teller: Teller,
        words: TierWording,
        projection: Projection,
        *,
        at: datetime,
        zone: tzinfo,
    ) -> None:
        self.teller = teller
        self.words = words
        self.projection = projection
        self.at = at
        self.zone = zone

    def sentence(self) -> str:
        """With a capital and without a full stop."""
        said = self._template().format(
            tier=self._tier(),
            short=self._short(),
            since=self._day(self.projection.since),
            day=self._last_day(),
        )
        return said[:1].upper() + said[1:]

    def _template(self) -> str:
        ahead = self.projection
        if not ahead.is_keep:
            return self.words.reach_by if ahead.by else self.words.reach
        if not ahead.short:
            return self.words.safe
        starts_later = ahead.since is not None and ahead.since > self.at
        return self.words.keep_within if starts_later else self.words.keep

    def _tier(self) -> str:
        language = self.teller.language
        return self.projection.name.get(language) or self.teller.label(self.projection.tier)

    def _short(self) -> str:
        """ "320 credits", "€ 42,50", "2 bezoeken"."""
        measure, short = self.projection.measure, self.projection.short
        if measure == "spend":
            amount = f"{short // _CENTS}.{short % _CENTS:02d}"
            return figures.round_money(amount, self.teller.language, self.teller.currency)
        if measure in _UNITS:
            return self.teller.points(short, self.projection.unit or measure)
        return self.teller.counted(self.words.measures[measure], short)

    def _last_day(self) -> str:
        """`by` is the first moment that no longer counts; readers are told the day before."""
        by = self.projection.by
        return self._day(by - timedelta(microseconds=1)) if by else ""

    def _day(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        local = moment.astimezone(self.zone)
        year = self.at.astimezone(self.zone).year
        day = figures.day_of_year(f"{local:%m-%d}", self.teller.language)
        return day if local.year == year else f"{day} {local.year}"
