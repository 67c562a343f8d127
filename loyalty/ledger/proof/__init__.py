"""What must be true of the books, each as one query that returns the rows where it is not.

A query works on whole tables at once, so that a million
transfers are proved in seconds, and is one statement, so that it sees one moment of a live system.
"""

from loyalty.ledger.proof import books, guards, lots, reversals, standings
from loyalty.ledger.proof.check import Check

__all__ = ["CHECKS", "Check"]

CHECKS: tuple[Check, ...] = (
    *books.CHECKS,
    *guards.CHECKS,
    *lots.CHECKS,
    *reversals.CHECKS,
    *standings.CHECKS,
)
