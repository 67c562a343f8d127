"""What the engine has against a rule, in the words of who makes it.

The engine says it in English, for programmers too. Here is what a marketer reads instead; what the
form itself prevents is not among it. Of an expression the engine's own words are shown as well:
who writes one can read them.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.errors import RuleInvalid

OTHERWISE = _("The rule cannot be carried out like this.")
_EXPRESSION = _("The expression cannot be used: %s")
_SAID: dict[str, Any] = {
    "This field and operator have a condition already; put all values in that one.": _(
        "There is such a condition already; put everything in that one."
    ),
    "The factor must be 1 or more.": _("The factor must be 1 or more."),
    "Points per amount need an amount above 0.": _("Fill in an amount above 0."),
    "A rule must end after it starts.": _("The last day comes before the first."),
    "The rule gives nothing of this unit.": _("The rule gives nothing of this unit."),
    "This is limited already.": _("There is such a limit already."),
    "A cap stands alone in its rule.": _("A ceiling stands alone in its rule."),
    "This unit has a cap already.": _("There is a ceiling for this unit already."),
    "A cap counts every line.": _(
        "A ceiling counts everything: it cannot have conditions on what is bought."
    ),
    "A cap has no limits and no group.": _("A ceiling has no limits and no group."),
    "A limit per activity is a member's own.": _(
        "A limit per activity can only be for each member."
    ),
    "Use in and not_in with keys, at_least and at_most with a number.": _(
        "At least and at most want one number."
    ),
    'A number is a text such as "4.5".': _("At least and at most want one number."),
    "The two hours must differ.": _("The two hours must differ."),
    "Every first is each one: leave this condition out.": _(
        "Every first is each one: leave this condition out."
    ),
}
_EXPRESSIONS = ("The expression", "Unknown name", "Unknown function", "Texts stand", "A list may")


def in_words(refusal: RuleInvalid) -> str:
    """The refusal as a marketer reads it."""
    if words := _SAID.get(refusal.detail):
        return str(words)
    if refusal.detail.startswith("There is no day"):
        return str(_("That day is not in the calendar."))
    if refusal.detail.startswith(_EXPRESSIONS):
        return str(_EXPRESSION) % refusal.detail
    return str(OTHERWISE)
