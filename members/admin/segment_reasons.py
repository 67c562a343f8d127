"""Why a member is in a segment or not, condition by condition."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import localize
from django.utils.translation import gettext as _

from loyalty.admin.pages import exactly
from loyalty.templatetags.figures import day
from members.admin.segment_names import names_of
from members.admin.segment_pickers import Keys
from members.admin.segment_words import language_now
from members.models import Segment
from members.segments.document import read_document
from members.segments.sentences import sentence
from members.services.segments import match_members


def reasons_of(
    segment: Segment, document: Any, membership_id: int, *, at: datetime
) -> tuple[bool, list[dict[str, Any]]]:
    """Whether the member belongs to it by these conditions, and what each of them found."""
    language = language_now()
    names = names_of([document], Keys(segment.programme_id, language))
    match = match_members(read_document(document), [membership_id], at)[membership_id]
    told = []
    for finding in match.reasons:
        said = sentence(finding.where, language, names)
        found = _found(finding.found, names)
        told.append(
            {
                "is_met": finding.holds,
                "text": f"{said[:1].upper()}{said[1:]}.",
                "found": _("Found: %s.") % found if found else _("Nothing is known of it."),
            }
        )
    return match.is_in, told


def _found(found: Any, names: Mapping[str, str]) -> str:
    """What is known of the member, as people read it; empty for nothing."""
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, datetime | date):
        return exactly(found) if isinstance(found, datetime) else day(found)
    if isinstance(found, list):
        return ", ".join(names.get(each, str(each)) for each in found)
    if isinstance(found, Decimal):
        return str(localize(found))
    return names.get(found, str(found)) if found is not None else ""
