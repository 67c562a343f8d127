"""The words in which an expiry policy is told, in Dutch and English."""

from types import MappingProxyType
from typing import NamedTuple

Counted = tuple[str, str]  # one, and "{} of them"


class TermsWording(NamedTuple):
    """All templates of one language; `{what}` is what lapses: points, stamps."""

    points: str
    never: str
    after: str  # a term from the moment they are usable
    end_of: str
    end_of_later: str
    dates: str
    date: str
    inactive: str
    activity: str  # any activity at all
    activities: MappingProxyType[str, str]
    alternative: str
    spans: MappingProxyType[str, Counted]
    ends: MappingProxyType[str, str]
    months: str  # their names, with a space between


NL = TermsWording(
    points="punten",
    never="{what} vervallen niet",
    after="{what} vervallen na {span}, aan het eind van de dag",
    end_of="{what} vervallen aan het eind van {end}",
    end_of_later="{what} vervallen aan het eind van {end}, {span} later",
    dates="{what} vervallen aan het eind van {days}, wat het eerst komt",
    date="{what} vervallen aan het eind van {days}",
    inactive="{what} vervallen na {span} zonder {activities}",
    activity="activiteit",
    activities=MappingProxyType(
        {
            "purchase": "aankoop",
            "review": "review",
            "survey": "enquête",
            "share": "delen",
            "referral": "aangebracht lid",
            "check_in": "check-in",
            "visit": "bezoek",
        }
    ),
    alternative="of",
    spans=MappingProxyType(
        {
            "day": ("een dag", "{} dagen"),
            "month": ("een maand", "{} maanden"),
            "quarter": ("een kwartaal", "{} kwartalen"),
            "half_year": ("een halfjaar", "{} halfjaren"),
            "year": ("een jaar", "{} jaar"),
        }
    ),
    ends=MappingProxyType(
        {
            "month": "de maand",
            "quarter": "het kwartaal",
            "half_year": "het halfjaar",
            "year": "het jaar",
        }
    ),
    months="januari februari maart april mei juni juli augustus september oktober november december",
)

EN = TermsWording(
    points="points",
    never="{what} never lapse",
    after="{what} lapse after {span}, at the end of the day",
    end_of="{what} lapse at the end of {end}",
    end_of_later="{what} lapse at the end of {end}, {span} later",
    dates="{what} lapse at the end of {days}, whichever comes first",
    date="{what} lapse at the end of {days}",
    inactive="{what} lapse after {span} without {activities}",
    activity="any activity",
    activities=MappingProxyType(
        {
            "purchase": "a purchase",
            "review": "a review",
            "survey": "a survey",
            "share": "sharing",
            "referral": "bringing in a member",
            "check_in": "a check-in",
            "visit": "a visit",
        }
    ),
    alternative="or",
    spans=MappingProxyType(
        {
            "day": ("a day", "{} days"),
            "month": ("a month", "{} months"),
            "quarter": ("a quarter", "{} quarters"),
            "half_year": ("half a year", "{} half-years"),
            "year": ("a year", "{} years"),
        }
    ),
    ends=MappingProxyType(
        {
            "month": "the month",
            "quarter": "the quarter",
            "half_year": "the half-year",
            "year": "the year",
        }
    ),
    months="January February March April May June July August September October November December",
)

WORDINGS = MappingProxyType({"nl": NL, "en": EN})
