"""Which vouchers go together in one basket, as their rewards say it. Pure."""

from collections.abc import Sequence
from typing import Protocol

from loyalty.errors import DomainError


class Stacks(Protocol):
    """What a reward says about it: `stacking` is a `Reward.Stacking`, by its stored name."""

    @property
    def kind(self) -> str: ...
    @property
    def stacking(self) -> str: ...
    @property
    def stacking_group(self) -> str: ...


class DoesNotStack(DomainError):
    """It does not go together with another voucher in the basket."""

    code = "does_not_stack"


def refusals(in_basket: Sequence[Stacks], new: Stacks) -> list[Stacks]:
    """Those in the basket that `new` does not go together with; none when it may be added."""
    return [other for other in in_basket if not _go_together(other, new)]


def check_stacking(new: Stacks, there: Sequence[Stacks]) -> None:
    """See that it goes together with those that are there. Raises DoesNotStack."""
    if refusals(there, new):
        raise DoesNotStack("These vouchers do not go together.", field="vouchers")


def _go_together(one: Stacks, other: Stacks) -> bool:
    """A gift card is money, and goes with all; the order in which two are told does not matter."""
    if "CASH_CARD" in (one.kind, other.kind):
        return True
    if "ALONE" in (one.stacking, other.stacking):
        return False
    is_of_group = one.stacking == other.stacking == "ONE_OF_GROUP"
    return not is_of_group or one.stacking_group != other.stacking_group
