"""Refusals about the conditions of a segment."""

from loyalty.errors import InvalidRequest


class SegmentUnknown(InvalidRequest):
    """The conditions cannot be asked; `field` is the path to the part that is wrong."""

    code = "segment_unknown"
