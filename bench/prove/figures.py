"""What each proof reports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was done, what came of it, and whether that is right."""

    what: str
    result: str
    seconds: float
    is_right: bool
