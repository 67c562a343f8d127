"""Lines of the statement as members read them: what happened, and why so many points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import get_language, gettext, pgettext

from loyalty.models import Transfer
from loyalty.selectors import StatementLine
from loyalty.services.earning import explained
from loyalty.services.rulebook import current_rulebook
from loyalty.types import Outcome, Reason
from members.models import Activity, Membership
from members.portal import activities_behind

PURCHASE = "purchase"


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
        self.language = "en" if get_language() == "en" else "nl"
        self.book = current_rulebook(programme_id=membership.programme_id)

    def movements(self, lines: Sequence[StatementLine]) -> list[Movement]:
        """The lines with what they came from, in one query for all of them."""
        activities = activities_behind(self.membership, lines)
        return [
            self._movement(line, activities.get((line.source, line.external_id))) for line in lines
        ]

    def _movement(self, line: StatementLine, activity: Activity | None) -> Movement:
        return Movement(
            transfer=line.transfer,
            at=line.at,
            points=line.points,
            balance_after=line.balance_after,
            title=self._title(line),
            amount=activity.amount if activity and activity.type == PURCHASE else None,
            currency=self.book.currency,
            sentences=self._sentences(line),
            references=_references(activity) if activity else [],
        )

    def _title(self, line: StatementLine) -> str:
        match line.kind:
            case Transfer.Kind.EARN:
                return gettext("Earned")
            case Transfer.Kind.REDEEM:
                return self._name(line.reasons) or gettext("Redeemed")
            case Transfer.Kind.EXPIRE:
                return pgettext("points", "Expired")
            case _:
                return gettext("Corrected by the shop")

    def _sentences(self, line: StatementLine) -> list[str]:
        match line.kind:
            case Transfer.Kind.REDEEM:
                return [gettext("Paid with points")]
            case Transfer.Kind.ADJUST:
                return [reason.params.get("text", "") for reason in line.reasons]
        return [self._told(reason) for reason in line.reasons if reason.outcome == Outcome.APPLIED]

    def _told(self, reason: Reason) -> str:
        return explained(self.book, reason)[self.language]

    def _name(self, reasons: list[Reason]) -> str:
        names = [reason.name.get(self.language, "") for reason in reasons if reason.name]
        return names[0] if names else ""


def _references(activity: Activity) -> list[str]:
    """Where it was, and the number on the receipt without what systems put before it."""
    number = activity.external_id.rpartition(":")[2]
    receipt = gettext("receipt %(number)s") % {"number": number}
    return [word for word in (activity.location, receipt) if word]
