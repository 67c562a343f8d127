"""Segments as marketers keep them: saved in versions, made live, stopped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from loyalty.errors import InvalidRequest
from loyalty.events import publish
from members.events import SegmentPublished, SegmentSaved, SegmentStopped
from members.models import Segment, SegmentVersion
from members.segments.document import read_document
from members.services.segments.refreshing import (
    locked_segment,
    settle_by_conditions,
    settle_by_ids,
)


@transaction.atomic
def save_segment(
    *,
    programme_id: int,
    key: str,
    names: Mapping[str, str],
    kind: str,
    document: Any,
    actor: str,
    at: datetime,
    segment_id: int | None = None,
) -> Segment:
    """Save a new segment, or new names and conditions of one; what is live stays so until published.

    An uploaded list has no conditions. Raises SegmentUnknown for conditions that cannot be asked,
    InvalidRequest for a key that is taken, and NotFound.
    """
    if kind != Segment.Kind.UPLOADED:
        read_document(document)
    if segment_id is None:
        segment = _new(programme_id, key, names, kind, at)
    else:
        segment = locked_segment(segment_id)
        segment.name_nl, segment.name_en = names["nl"], names["en"]
        segment.save(update_fields=["name_nl", "name_en"])
    number = 0 if segment.kind == Segment.Kind.UPLOADED else _version(segment, document, actor, at)
    publish(
        SegmentSaved(
            subject=None, segment=segment.key, version=number, actor=actor, occurred_at=at
        ),
        at=at,
    )
    return segment


@transaction.atomic
def publish_segment(*, segment_id: int, actor: str, at: datetime) -> Segment:
    """Let the conditions that were saved last be in force, and have in it whom they describe.

    Raises NotFound, and InvalidRequest for a segment without conditions.
    """
    segment = locked_segment(segment_id)
    last = segment.versions.order_by("-number").first()
    if last is None:
        raise InvalidRequest("The segment has no conditions.", field="document")
    read_document(last.document)
    segment.version, segment.state = last.number, Segment.State.LIVE
    segment.save(update_fields=["version", "state"])
    settle_by_conditions(segment, at=at)
    publish(
        SegmentPublished(
            subject=None, segment=segment.key, version=last.number, actor=actor, occurred_at=at
        ),
        at=at,
    )
    return segment


@transaction.atomic
def stop_segment(*, segment_id: int, actor: str, at: datetime) -> Segment:
    """End the segment: whoever is in it leaves. Raises NotFound."""
    segment = locked_segment(segment_id)
    segment.state = Segment.State.STOPPED
    segment.save(update_fields=["state"])
    settle_by_ids(segment, [], at=at)
    publish(SegmentStopped(subject=None, segment=segment.key, actor=actor, occurred_at=at), at=at)
    return segment


def _new(programme_id: int, key: str, names: Mapping[str, str], kind: str, at: datetime) -> Segment:
    if Segment.objects.filter(programme_id=programme_id, key=key).exists():
        raise InvalidRequest("There is a segment with this key.", field="key")
    return Segment.objects.create(
        programme_id=programme_id,
        key=key,
        name_nl=names["nl"],
        name_en=names["en"],
        kind=kind,
        created_at=at,
    )


def _version(segment: Segment, document: Any, actor: str, at: datetime) -> int:
    """The number under which these conditions are kept; the same again make no new one."""
    last = segment.versions.order_by("-number").first()
    if last is not None and last.document == document:
        return last.number
    made = SegmentVersion.objects.create(
        segment=segment,
        number=last.number + 1 if last else 1,
        document=document,
        saved_by=actor,
        saved_at=at,
    )
    return made.number
