"""What a redemption does to the member's account.

A donation is spent like any other reward: each redemption has one transfer of kind REDEEM under its
own key, which is all that the audit has to know; what the shop owes its good cause is the report's.
"""

from datetime import datetime, timedelta

from loyalty.errors import NotFound
from loyalty.models import Account, Transfer
from loyalty.services.holds import authorise_points, capture_hold, void_hold
from loyalty.services.returns import restore_points
from loyalty.services.spending import spend_points
from loyalty.types import Outcome, Reason
from rewards.models import Redemption

SOURCE = "redemption"


def pay(redemption: Redemption, *, account_id: int | None, at: datetime) -> None:
    """Let the member pay; the ledger's transfer carries the redemption's id."""
    if redemption.points == 0:
        return
    posted = spend_points(
        account_id=_known(account_id),
        points=redemption.points,
        source=SOURCE,
        external_id=str(redemption.pk),
        reasons=[_reason(redemption, "reward_redeemed", -redemption.points)],
        actor=redemption.actor,
        at=at,
    )
    redemption.balance_after = posted.after


def set_aside(
    redemption: Redemption, *, account_id: int | None, term: timedelta, at: datetime
) -> None:
    """Hold the points for so long."""
    redemption.expires_at = at + term
    if redemption.points == 0:
        return
    held = authorise_points(
        account_id=_known(account_id),
        points=redemption.points,
        term=term,
        source=SOURCE,
        external_id=str(redemption.pk),
        actor=redemption.actor,
        at=at,
    )
    redemption.hold = held.hold_id


def pay_from_hold(redemption: Redemption, *, actor: str, at: datetime) -> None:
    """Spend what was set aside, as far as the redemption now costs."""
    if redemption.hold is None:
        return
    posted = capture_hold(
        hold_id=redemption.hold,
        points=redemption.points,
        reasons=[_reason(redemption, "reward_redeemed", -redemption.points)],
        actor=actor,
        at=at,
    )
    redemption.balance_after = posted.after


def give_back(redemption: Redemption, *, step: str, actor: str, at: datetime) -> None:
    """Everything that was paid, to the very lots; a hold is let go."""
    if redemption.balance_after is None:
        if redemption.hold is not None:
            void_hold(hold_id=redemption.hold, actor=actor, at=at)
        return
    spent = Transfer.objects.values_list("pk", flat=True).get(
        source=SOURCE, external_id=str(redemption.pk)
    )
    restore_points(
        account_id=_account(redemption),
        points=redemption.points,
        spent_by=spent,
        source=f"{SOURCE}:{step.lower()}",
        external_id=str(redemption.pk),
        reasons=[_reason(redemption, f"redemption_{step.lower()}", redemption.points)],
        actor=actor,
        effective_at=at,
        at=at,
    )


def _account(redemption: Redemption) -> int:
    """The member's account of the unit that it is paid with."""
    membership = redemption.membership
    account = Account.objects.filter(
        unit__programme_id=membership.programme_id,
        unit__code=redemption.unit,
        kind=Account.Kind.MEMBER,
        holder=membership.holder,
    )
    return _known(account.values_list("pk", flat=True).first())


def _known(account_id: int | None) -> int:
    if account_id is None:
        raise NotFound("The member has no such account.", field="unit")
    return account_id


def _reason(redemption: Redemption, code: str, points: int) -> Reason:
    reward = redemption.reward
    return Reason(
        rule=reward.key,
        version=0,
        outcome=Outcome.APPLIED,
        code=code,
        points=points,
        unit=redemption.unit,
        name={"nl": reward.name_nl, "en": reward.name_en},
    )
