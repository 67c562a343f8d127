"""The steps of a redemption: which step may follow which state, and what a taker has to say. Pure.

AUTHORISED ── capture ──▶ CAPTURED ── fulfil ──▶ FULFILLED ── return ──▶ RETURNED
    │  └─ expire ─▶ EXPIRED  │   ◀── reopen ───────┘  └─ cancel (done at once) ─▶ CANCELLED
    └──── cancel ──▶ CANCELLED ◀┘
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from loyalty.errors import InvalidRequest
from rewards.errors import NotCancellable, WrongStep
from rewards.kinds import Delivery, Gift, Proof, Samples, Service, Terms, proof_of


class Step(StrEnum):
    """A step that is taken with a redemption, by the name of the state that it leads to.

    REOPEN undoes a fulfilment: a voucher's use was rolled back.
    """

    AUTHORISE = "AUTHORISED"
    CAPTURE = "CAPTURED"
    FULFIL = "FULFILLED"
    REOPEN = "ROLLED_BACK"
    CANCEL = "CANCELLED"
    EXPIRE = "EXPIRED"
    RETURN = "RETURNED"


FROM: Mapping[Step, frozenset[str]] = {
    Step.AUTHORISE: frozenset({""}),
    Step.CAPTURE: frozenset({"", "AUTHORISED"}),
    Step.FULFIL: frozenset({"CAPTURED"}),
    Step.REOPEN: frozenset({"FULFILLED"}),
    Step.CANCEL: frozenset({"AUTHORISED", "CAPTURED"}),
    Step.EXPIRE: frozenset({"AUTHORISED"}),
    Step.RETURN: frozenset({"FULFILLED"}),
}
"""From which states each step goes; the empty one is before the first."""

PAID = frozenset({"CAPTURED", "FULFILLED", "RETURNED"})
ENDED = frozenset({"CANCELLED", "EXPIRED", "RETURNED"})


def state_after(state: str, step: Step) -> str:
    """Where the step leads from that state. Raises WrongStep."""
    if state not in FROM[step]:
        raise WrongStep(state)
    return "CAPTURED" if step is Step.REOPEN else step.value


def check_cancellable(
    terms: Terms,
    state: str,
    *,
    at: datetime,
    by_member: bool,
    undo_until: datetime | None,
    is_given: bool = False,
) -> None:
    """See that it can be cancelled: by its member until `undo_until`, by staff until it is had.

    What is done at once (points paid at the till, a donation) is had and can be cancelled all the
    same; a partner's code that was handed out cannot. Raises NotCancellable and WrongStep.
    """
    proof = proof_of(terms)
    if not (proof is Proof.AT_ONCE and state == "FULFILLED"):
        state_after(state, Step.CANCEL)
    if proof is Proof.CODE and state != "AUTHORISED":
        raise NotCancellable("The partner's code was handed out already.")
    if by_member and state != "AUTHORISED" and (undo_until is None or at >= undo_until or is_given):
        raise NotCancellable("This can no longer be undone.")


# --- What a taker says besides -----------------------------------------------------------------

Line = Annotated[str, Meta(max_length=100)]
Choice = dict[str, Any]


class DeliveryWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the member wants to have it: sent to an address, or collected in a shop."""

    way: Annotated[str, Meta(pattern="^(SHIP|COLLECT|BOOK)$")]
    location: Line = ""
    recipient: Line = ""
    street: Line = ""
    postal_code: Annotated[str, Meta(max_length=12)] = ""
    town: Annotated[str, Meta(max_length=60)] = ""
    country: Annotated[str, Meta(max_length=2)] = ""


def checked_choice(terms: Terms, choice: Mapping[str, Any] | None) -> Choice:
    """What the member chose, seen against what there is to choose.

    {"samples": [0, 2]} by place in the list, {"slot": 1}, {"option": 0}; kept with the words of
    what was chosen. Raises InvalidRequest.
    """
    said = dict(choice or {})
    match terms:
        case Samples(samples=samples, count=count) if samples:
            chosen = said.pop("samples", [])
            if not _are_places(chosen, len(samples)) or not 0 < len(chosen) <= count:
                raise InvalidRequest(f"Choose 1 to {count} of the samples.", field="choice")
            kept: Choice = {"samples": [samples[place] for place in chosen]}
        case Delivery(slots=slots) if slots:
            kept = {"slot": _one_of(slots, said.pop("slot", None), "Choose one of the times.")}
        case Gift(options=options) if options:
            kept = {"option": _one_of(options, said.pop("option", None), "Choose one of them.")}
        case _:
            kept = {}
    if said:
        raise InvalidRequest("There is nothing like that to choose.", field="choice")
    return kept


def checked_wish(terms: Terms, wish: DeliveryWish | None) -> DeliveryWish | None:
    """How it is delivered; None for what is not delivered. Raises InvalidRequest."""
    if proof_of(terms) is not Proof.DELIVERY:
        if wish is not None:
            raise InvalidRequest("This is not delivered.", field="delivery")
        return None
    ways = _ways(terms)
    if wish is None and len(ways) == 1 and ways[0] != "SHIP":
        return DeliveryWish(way=ways[0])
    if wish is None or wish.way not in ways:
        raise InvalidRequest("Say how to deliver it: " + ", ".join(ways), field="delivery")
    if wish.way == "SHIP" and not (wish.recipient and wish.street and wish.town):
        raise InvalidRequest("Say where to send it: name, street and town.", field="delivery")
    return wish


def voucher_end(*, issued_at: datetime, valid_days: int, zone: ZoneInfo) -> datetime:
    """The moment a voucher lapses: the end of a day in the programme's zone, whole days on."""
    last_day = issued_at.astimezone(zone).date() + timedelta(days=valid_days)
    return datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)


def _ways(terms: Terms) -> tuple[str, ...]:
    match terms:
        case Gift(ways=ways) | Samples(ways=ways):
            return ways
        case Service():
            return ("BOOK",)
    return ()


def _are_places(said: object, size: int) -> bool:
    if not isinstance(said, list | tuple) or len({repr(each) for each in said}) != len(said):
        return False
    return all(_is_place(each, size) for each in said)


def _is_place(said: object, size: int) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and 0 <= said < size


def _one_of(there: tuple[Any, ...], place: Any, refusal: str) -> Any:
    if not _is_place(place, len(there)):
        raise InvalidRequest(refusal, field="choice")
    return there[place]
