"""Segments: members who have something in common, and which of them are in which, when."""

from members.services.segments.compiling import compile_document
from members.services.segments.estimating import Estimate, estimate
from members.services.segments.following import follow_members
from members.services.segments.knowing import facts_of, match_members
from members.services.segments.lists import draw_list, find_listed, upload_list
from members.services.segments.refreshing import audience, refresh_segment, refresh_segments
from members.services.segments.saving import publish_segment, save_segment, stop_segment
from members.services.segments.sources import add_attribute
from members.services.segments.stays import (
    join_segment,
    leave_segment,
    lock_member,
    members_in,
    segments_of,
    stay_of,
)

__all__ = [
    "Estimate",
    "add_attribute",
    "audience",
    "compile_document",
    "draw_list",
    "estimate",
    "facts_of",
    "find_listed",
    "follow_members",
    "join_segment",
    "leave_segment",
    "lock_member",
    "match_members",
    "members_in",
    "publish_segment",
    "refresh_segment",
    "refresh_segments",
    "save_segment",
    "segments_of",
    "stay_of",
    "stop_segment",
    "upload_list",
]
