"""Who uses which field of members' data, and when last: rules, segments, reports, the house itself.

Each kind of user registers a source that answers what it uses now; a nightly job writes it down
with the day. What uses a field at a moment of its own notes that with `note_use`.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

import msgspec
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty.models import EarningRule
from loyalty.services.rule_fields import attribute_keys, member_fields
from loyalty.services.rulebook import current_rulebook
from members.models import FieldUse
from members.services import field_names
from members.services.questions import DONE

UNUSED_AFTER = timedelta(days=90)
RULE, SEGMENT, REPORT, HOUSE = "rule", "segment", "report", "house"
OCCASION = "occasion"
Use = tuple[str, str]  # the field, and by what: "rule:birthday"
Source = Callable[[int], Iterable[Use]]

_sources: dict[str, Source] = {}


class NamedUse(msgspec.Struct, frozen=True, kw_only=True):
    """A use as a member or a marketer reads it."""

    by: str
    on: date


def register_source(key: str, source: Source) -> None:
    """Let the nightly job ask this source, by the programme, what uses which field now."""
    _sources[key] = source


def note_use(*, programme_id: int, field: str, used_by: str, on: date) -> None:
    """Somebody used a field that day; only the last day of each is kept."""
    note_uses(programme_id=programme_id, uses=[(field, used_by)], on=on)


def note_uses(*, programme_id: int, uses: Iterable[Use], on: date) -> None:
    """As `note_use` for each, in one statement."""
    FieldUse.objects.bulk_create(
        [
            FieldUse(programme_id=programme_id, field=field, used_by=used_by, used_on=on)
            for field, used_by in sorted(set(uses))
        ],
        update_conflicts=True,
        unique_fields=["programme", "field", "used_by"],
        update_fields=["used_on"],
    )


def note_current_uses(*, programme_id: int, at: datetime) -> int:
    """Write down what all sources use today; how many uses. Twice a day makes no difference."""
    uses = {use for source in _sources.values() for use in source(programme_id)}
    zone = current_rulebook(programme_id=programme_id).zone
    note_uses(programme_id=programme_id, uses=uses, on=at.astimezone(zone).date())
    return len(uses)


# --- Those that are always there ---------------------------------------------------------------


def _by_rules(programme_id: int) -> Iterable[Use]:
    """What the live rules look at in a member; thanks for one answer uses that question."""
    book = current_rulebook(programme_id=programme_id)
    for rule, field in member_fields(book):
        yield field, f"{RULE}:{rule}"
    for rule, key in attribute_keys(book, trigger=DONE, name="field"):
        yield field_names.of_question(key), f"{RULE}:{rule}"


def _by_the_house(_programme_id: int) -> Iterable[Use]:
    """What the platform cannot do without: these fields are why somebody can take part."""
    yield field_names.NAME, f"{HOUSE}:greeting"
    yield field_names.EMAIL, f"{HOUSE}:signing-in"
    yield field_names.PHONE, f"{HOUSE}:finding"
    yield field_names.LANGUAGE, f"{HOUSE}:speaking"


register_source(RULE, _by_rules)
register_source(HOUSE, _by_the_house)

# --- Read ---------------------------------------------------------------------------------------


def uses_of(programme_id: int) -> dict[str, list[NamedUse]]:
    """The uses of every field, the latest first, in the language in force. Two queries."""
    rows = FieldUse.objects.filter(programme=programme_id).order_by("-used_on", "used_by")
    name = "name_en" if get_language() == "en" else "name_nl"
    rules = dict(EarningRule.objects.filter(programme=programme_id).values_list("key", name))
    found: dict[str, list[NamedUse]] = {}
    for row in rows:
        found.setdefault(row.field, []).append(
            NamedUse(by=_named(row.used_by, rules), on=row.used_on)
        )
    return found


def _named(used_by: str, rules: dict[str, str]) -> str:
    kind, _colon, key = used_by.partition(":")
    words = {
        RULE: _("earning rule “%s”") % rules.get(key, key),
        SEGMENT: _("group “%s”") % key,
        REPORT: _("report “%s”") % key,
        OCCASION: _("occasion “%s”") % key,
        HOUSE: _house(key),
    }
    return words.get(kind, used_by)


def _house(key: str) -> str:
    words = {
        "greeting": _("how we greet you"),
        "signing-in": _("signing in, and messages to you"),
        "finding": _("finding you at the till"),
        "speaking": _("the language we speak to you in"),
    }
    return words.get(key, key)
