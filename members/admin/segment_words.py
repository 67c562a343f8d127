"""Segments in words: what a version says, what a segment does now, what it said before."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from loyalty.admin.pages import exactly
from loyalty.templatetags.figures import number
from members.admin.segment_editor import SegmentEditor
from members.admin.segment_names import leaves, names_of
from members.admin.segment_pickers import Keys
from members.models import Segment, SegmentVersion
from members.segments.document import read_document
from members.segments.errors import SegmentUnknown
from members.segments.sentences import sentence

COLOURS = {"DRAFT": "warning", "LIVE": "success", "STOPPED": "default"}
LANGUAGES = ("nl", "en")


def language_now() -> str:
    return "nl" if (get_language() or "nl").startswith("nl") else "en"


def latest(segment: Segment) -> SegmentVersion | None:
    """The conditions as they were saved last, published or not."""
    return segment.versions.order_by("-number").first()


def as_sentence(document: Any, language: str, names: Any) -> str:
    """What the conditions say, with a capital and a full stop."""
    try:
        said = sentence(read_document(document), language, names)
    except SegmentUnknown as refusal:
        return _("This cannot be read: %s") % refusal.detail
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."


def both(document: Any, programme_id: int) -> list[tuple[str, str]]:
    """The sentence in both languages, the reader's own first."""
    languages = sorted(LANGUAGES, key=lambda each: each != language_now())
    return [
        (each, as_sentence(document, each, names_of([document], Keys(programme_id, each))))
        for each in languages
    ]


def members_told(segment: Segment) -> str:
    """How many are in it: "3 members"."""
    size = segment.size or 0
    return ngettext("%s member", "%s members", size) % number(size)


def said_by(segment: Segment) -> str:
    """What the segment's latest conditions say, in the reader's language."""
    version = latest(segment)
    if version is None:
        return _("A list of members that was uploaded.")
    names = names_of([version.document], Keys(segment.programme_id, language_now()))
    return as_sentence(version.document, language_now(), names)


def drafted(editor: SegmentEditor) -> list[tuple[str, str]]:
    """What a segment in the making says, once it makes sense."""
    if not editor.has_conditions or not editor.is_valid:
        return []
    return both(editor.document, editor.around.programme.pk)


def standing(segment: Segment) -> dict[str, Any]:
    """The sentences, the state and the size of a segment."""
    versions = {each.number: each for each in segment.versions.all()}
    in_force = versions.get(segment.version)
    last = versions[max(versions)] if versions else None
    shown = in_force or last
    waits = last is not None and in_force is not None and last.number != in_force.number
    return {
        "segment": segment,
        "state": segment.get_state_display(),
        "state_colour": COLOURS[segment.state],
        "kind": segment.get_kind_display(),
        "sentences": both(shown.document, segment.programme_id) if shown else [],
        "waiting": said_by(segment) if waits else "",
        "size_told": members_told(segment) if segment.size is not None else "",
        "size_missing": _("Nobody is in it yet."),
        "refreshed": exactly(segment.refreshed_at) if segment.refreshed_at else "",
    }


def sentences_of_all(segments: Sequence[Segment]) -> dict[int, str]:
    """What each of a list says; the queries are as many for many as for one."""
    versions = list(
        SegmentVersion.objects.filter(segment__in=[each.pk for each in segments])
        .order_by("segment", "-number")
        .distinct("segment")
    )
    programme_id = segments[0].programme_id if segments else 0
    language = language_now()
    names = names_of([each.document for each in versions], Keys(programme_id, language))
    told = {each.segment_id: as_sentence(each.document, language, names) for each in versions}
    return {
        each.pk: told.get(each.pk, _("A list of members that was uploaded.")) for each in segments
    }


def history(segment: Segment) -> list[dict[str, Any]]:
    """Every version in words, the newest first, with what changed since the one before."""
    versions = list(segment.versions.order_by("number"))
    language = language_now()
    names = names_of([each.document for each in versions], Keys(segment.programme_id, language))
    staff = {each.saved_by.removeprefix("staff:") for each in versions}
    people = {
        f"staff:{user.pk}": str(user)
        for user in get_user_model().objects.filter(pk__in=[s for s in staff if s.isdigit()])
    }
    told = [
        {
            "number": each.number,
            "sentence": as_sentence(each.document, language, names),
            "saved_at": each.saved_at,
            "by": people.get(each.saved_by, each.saved_by.removeprefix("system:")),
            "is_in_force": each.number == segment.version,
            "is_ahead": each.number > segment.version,
            "changes": changes(before.document, each.document, language, names) if before else [],
        }
        for before, each in zip([None, *versions], versions, strict=False)
    ]
    return told[::-1]


def changes(before: Any, after: Any, language: str, names: Any) -> list[str]:
    """What came and what went, condition by condition, in sentences."""
    was = {as_sentence(each, language, names): None for each in leaves(before)}
    now = {as_sentence(each, language, names): None for each in leaves(after)}
    added = [_("Added: %s") % each for each in now if each not in was]
    gone = [_("Gone: %s") % each for each in was if each not in now]
    return [*added, *gone]
