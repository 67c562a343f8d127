"""What the till says to a cashier: the cause of a refusal, and what to do now."""

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_lazy

from loyalty.errors import DomainError
from loyalty.types import Words

_Said = tuple[str | Promise, str | Promise]

# By the code of the refusal: the cause, the next step.
_WORDS: dict[str, _Said] = {
    "member_unknown": (
        gettext_lazy("Nobody has this card or number"),
        gettext_lazy("Check what was typed, or make a new member."),
    ),
    "identifier_blocked": (
        gettext_lazy("This card is blocked"),
        gettext_lazy("Give a new card; the service desk moves the rest."),
    ),
    "voucher_unknown": (
        gettext_lazy("There is no voucher with this code"),
        gettext_lazy("Check what was typed, or scan it again."),
    ),
    "voucher_expired": (
        gettext_lazy("This voucher has lapsed"),
        gettext_lazy("Its last day stands on it; the points are not lost when the desk says so."),
    ),
    "voucher_not_yet_valid": (
        gettext_lazy("This voucher is not valid yet"),
        gettext_lazy("Its first day stands on it."),
    ),
    "voucher_cancelled": (
        gettext_lazy("This voucher was cancelled or withdrawn"),
        gettext_lazy(
            "It is good for nothing any more. The customer's phone says what became of it."
        ),
    ),
    "voucher_of_other_member": (
        gettext_lazy("This voucher is somebody else's"),
        gettext_lazy("Only the member it belongs to may use it. Scan their card first."),
    ),
    "voucher_reserved": (
        gettext_lazy("This voucher is in another basket"),
        gettext_lazy("It is free again when that one is paid or left."),
    ),
    "minimum_not_met": (
        gettext_lazy("The sale is too small for this voucher"),
        gettext_lazy("What it asks stands on the voucher."),
    ),
    "nothing_to_take_off": (
        gettext_lazy("Nothing in this sale is what the voucher is for"),
        gettext_lazy("It stays good; keep it for another time."),
    ),
    "voucher_already_used": (
        gettext_lazy("This voucher was used before"),
        gettext_lazy(
            "When and where stands on the customer's phone. If that is wrong, ask the desk."
        ),
    ),
    "short_code_unknown": (
        gettext_lazy("These digits are nobody's now"),
        gettext_lazy("They last five minutes. Ask the customer for new ones."),
    ),
    "does_not_stack": (
        gettext_lazy("These vouchers do not go together"),
        gettext_lazy("Take one of them off."),
    ),
    "too_many_guesses": (
        gettext_lazy("Too many codes that are nobody's"),
        gettext_lazy("Wait a quarter of an hour; sales without vouchers go on."),
    ),
    "insufficient_points": (
        gettext_lazy("There are not enough points for this"),
        gettext_lazy("Nothing was taken. Choose something else, or fewer points."),
    ),
    "reward_sold_out": (
        gettext_lazy("The last one was just taken"),
        gettext_lazy("The points are all still there."),
    ),
    "limit_reached": (
        gettext_lazy("This customer has had this as often as one may"),
        gettext_lazy("The points are all still there."),
    ),
    "reward_elsewhere": (
        gettext_lazy("This is not to be had in this shop"),
        gettext_lazy("The catalogue on the phone says where."),
    ),
    "key_conflict": (
        gettext_lazy("This receipt number was used today for another sale"),
        gettext_lazy("Check the number on the receipt."),
    ),
    "receipt_unknown": (
        gettext_lazy("There is no such receipt at this till"),
        gettext_lazy("Receipts of another till are undone there."),
    ),
    "not_cancellable": (
        gettext_lazy("This cannot be undone any more"),
        gettext_lazy("Something of it was used or sent. The service desk can look at it."),
    ),
}
_ANY: _Said = (
    gettext_lazy("This is not possible now"),
    gettext_lazy("Nothing was booked. Try again, or ask the service desk."),
)


def spoken(words: Words) -> str:
    """The words in the language of this page."""
    return words["nl"] if get_language() == "nl" else words["en"]


def refusal_words(refusal: DomainError | str, typed: str) -> tuple[str, str]:
    """A refusal, or its code, as a cause and a next step; `typed` is what was refused, if short."""
    code = refusal if isinstance(refusal, str) else refusal.code
    cause, step = _WORDS.get(code, _ANY)
    title = gettext("%(cause)s: %(typed)s") if _is_short(typed) else "%(cause)s"
    return title % {"cause": cause, "typed": typed}, str(step)


def _is_short(typed: str) -> bool:
    return 0 < len(typed) <= 25  # noqa: PLR2004  a card or a code; a ticket is not to be read
