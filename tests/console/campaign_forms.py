"""What a browser sends for a campaign's form."""

from typing import Any

Said = dict[str, Any]
LIST = "/console/campaigns/campaign/"
ADD = f"{LIST}add/"
BASICS: Said = {
    "name_nl": "Welkom",
    "name_en": "Welcome",
    "trigger": "enrolled",
    "again": "once",
    "purpose": "OFFERS",
    "goal": "SPEND",
    "goal_days": "28",
    "holdout": "10",
    "priority": "50",
    "deed": "save",
}


def step(place: str, kind: str, **said: Any) -> Said:
    fields = {f"{place}-{name}": value for name, value in said.items()}
    return {f"{place}-about": kind, **fields}


def message(place: str, template: str = "welcome", **said: Any) -> Said:
    return step(place, "message", **{"template": template, "how": "first", **said})


def points(place: str, count: str = "100") -> Said:
    return step(place, "points", points=count, reason_nl="Welkom", reason_en="Welcome")


def page(pk: int, deed: str = "change") -> str:
    return f"{LIST}{pk}/{deed}/"


def bought(place: str, days: str) -> Said:
    """A condition step with one row: they bought in so many days."""
    rows = {"c-about": "group", "c-join": "all", "c_0-about": "purchases.count"}
    asked = {"c_0-operator": "at_least", "c_0-value": "1", "c_0-with-days": days}
    return step(place, "condition", asks="conditions", **rows, **asked)
