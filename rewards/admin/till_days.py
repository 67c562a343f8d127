"""What a till did on a day, as figures that tie out."""

from loyalty.admin.pages import ConsoleAdmin


class TillDays(ConsoleAdmin):
    """The page of a till's day."""
