"""Lines of the statement as members read them: what happened, and why so many points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import get_language, gettext, gettext_noop, pgettext

from loyalty.models import Transfer
from loyalty.selectors import StatementLine
from loyalty.services.rulebook import rulebook
from loyalty.types import Language, Outcome, Reason
from members.explanations import told
from members.models import Activity, Membership
from members.portal import configuration_of
from members.selectors import activities_behind

PURCHASE = "purchase"
TITLES: dict[str, str] = {
    Transfer.Kind.EARN: gettext_noop("Earned"),
    Transfer.Kind.RETURN: gettext_noop("Gone back with a return"),
    Transfer.Kind.CANCEL: gettext_noop("Cancelled before they became yours"),
    Transfer.Kind.RESTORE: gettext_noop("Back again"),
    Transfer.Kind.REPAY: gettext_noop("Settled what you still owed"),
    Transfer.Kind.MOVE: gettext_noop("Given to another member"),
    Transfer.Kind.DONATE: gettext_noop("Given to a good cause"),
}
"""What the line of each kind is called; a correction for the rest."""


@dataclass(frozen=True)
class Movement:
    """One line; `points` is negative when they went out, `references` say where to look it up."""

    transfer: int
    at: datetime
    points: int
    balance_after: int
    title: str
    amount: Decimal | None  # of a purchase
    currency: str
    sentences: list[str]
    references: list[str]


class Narrator:
    """Tells a member's lines in the language in force."""

    def __init__(self, membership: Membership) -> None:
        self.membership = membership
        self.language: Language = "en" if get_language() == "en" else "nl"
        self.book = rulebook(
            programme_id=membership.programme_id,
            configuration=configuration_of(membership.programme),
        )

    def movements(self, lines: Sequence[StatementLine]) -> list[Movement]:
        """The lines with what they came from, in one query for all of them."""
        activities = activities_behind(self.membership, lines)
        return [self._movement(line, activities.get(line.transfer)) for line in lines]

    def _movement(self, line: StatementLine, activity: Activity | None) -> Movement:
        return Movement(
            transfer=line.transfer,
            at=line.at,
            points=line.points,
            balance_after=line.balance_after,
            title=self._title(line),
            amount=_amount(line, activity),
            currency=self.book.currency,
            sentences=self._sentences(line),
            references=_references(activity) if activity else [],
        )

    def _title(self, line: StatementLine) -> str:
        match line.kind:
            case Transfer.Kind.REDEEM:
                return self._name(line.reasons) or gettext("Paid with points")
            case Transfer.Kind.EXPIRE:
                return pgettext("points", "Expired")
            case Transfer.Kind.MOVE if line.points > 0:
                return gettext("Received from another member")
            case _:
                return gettext(TITLES.get(line.kind, "Corrected by the shop"))

    def _sentences(self, line: StatementLine) -> list[str]:
        match line.kind:
            case Transfer.Kind.REDEEM if line.reasons:
                return [gettext("Paid with points")]
            case Transfer.Kind.ADJUST:
                return [self._name([reason]) for reason in line.reasons]
        gave = [each for each in line.reasons if each.outcome == Outcome.APPLIED and each.points]
        return [self._told(reason) for reason in gave]

    def _told(self, reason: Reason) -> str:
        return told(self.book, reason)[self.language]

    def _name(self, reasons: list[Reason]) -> str:
        names = [reason.name.get(self.language, "") for reason in reasons if reason.name]
        return names[0] if names else ""


def _amount(line: StatementLine, activity: Activity | None) -> Decimal | None:
    """What a purchase came to, on the line of what it earned."""
    is_earned = line.kind == Transfer.Kind.EARN and activity and activity.type == PURCHASE
    return activity.amount if activity and is_earned else None


def _references(activity: Activity) -> list[str]:
    """Where it was, and the number on the receipt without what systems put before it."""
    number = activity.external_id.rpartition(":")[2]
    receipt = gettext("receipt %(number)s") % {"number": number}
    return [word for word in (activity.location, receipt) if word]
