"""What an import refuses: a whole file, or one line of it; in codes here, in words for its reader."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.errors import DomainError, InvalidRequest, NotFound

_CUT = "|"
_LONGEST = 300  # of what is kept of a problem


class FileRefused(InvalidRequest):
    """The file cannot be read as a table; `reason` says why, `said` the number or word that goes by it."""

    code = "file_refused"

    def __init__(self, reason: str, said: object = "") -> None:
        self.problem = problem_of(reason, said)
        super().__init__(told_problem(self.problem), field="file")


class MappingRefused(InvalidRequest):
    """The choice of columns cannot be carried out."""

    code = "mapping_refused"

    def __init__(self, reason: str, said: object = "", *, field: str = "") -> None:
        self.problem = problem_of(reason, said)
        super().__init__(told_problem(self.problem), field=field)


class ImportUnknown(NotFound):
    """There is no such import."""

    code = "import_unknown"


class ImportNotReady(DomainError):
    """In the state that it is in, this cannot be done with the import."""

    code = "import_not_ready"


class LineRefused(Exception):
    """One line cannot be taken; the others can. `field` is the column that is wrong."""

    def __init__(self, reason: str, said: object = "", *, field: str = "") -> None:
        super().__init__(reason)
        self.problem = problem_of(reason, said)
        self.field = field


def refused_by(refusal: DomainError, *, field: str = "") -> LineRefused:
    """The refusal of a line that a service refused."""
    known = refusal.code if refusal.code in SENTENCES else "service"
    return LineRefused(known, refusal.detail, field=field or refusal.field)


def problem_of(reason: str, said: object = "") -> str:
    """A problem as it is kept: its code, and what goes by it."""
    return f"{reason}{_CUT}{said}"[:_LONGEST].rstrip(_CUT)


def told_problem(problem: str) -> str:
    """A kept problem as a sentence in the reader's language."""
    reason, _cut, said = problem.partition(_CUT)
    sentence = SENTENCES.get(reason)
    return str(sentence) % {"said": said} if sentence else said or reason


SENTENCES: dict[str, Any] = {
    # the file
    "empty": _("The file is empty."),
    "no_lines": _("The file has a header and no lines under it."),
    "too_large": _("The file is larger than %(said)s MB. Split it, or have the limit raised."),
    "too_many_lines": _("The file has more than %(said)s lines. Split it."),
    "too_many_columns": _("The file has more than %(said)s columns. Leave out what is not needed."),
    "old_excel": _("This is a file of an old Excel. Save it as .xlsx or .csv and choose that one."),
    "not_a_table": _("This is not a CSV or Excel (.xlsx) file."),
    "broken_sheet": _("The Excel file is damaged: it cannot be read."),
    "bomb": _("The Excel file unpacks to far more than a list should. It is not opened."),
    "long_cell": _(
        "Around line %(said)s a cell is too long to be one. Is a quotation mark left open?"
    ),
    "failed": _("It came to a stop by an error of ours: %(said)s. It can be started again."),
    # the choice of columns
    "column_unknown": _("The file has no column “%(said)s”."),
    "field_unknown": _("There is nothing called “%(said)s” to import."),
    "column_missing": _("Choose the column for: %(said)s."),
    "no_identifier": _(
        "Choose at least one column by which a member is found: a card, an e-mail address, a telephone or a number in another system."
    ),
    "no_text_version": _("Say which text the members agreed to."),
    "constant_wrong": _("This fixed value cannot be right: %(said)s."),
    "amount_or_lines": _("Choose the amount, or the article and the amount of each line."),
    # a line
    "extra_cells": _("The line has more cells than the header: look for a stray separator."),
    "long_text": _("Longer than %(said)s characters."),
    "unreadable": _("Holds characters that cannot be read."),
    "missing": _("Not filled in."),
    "not_a_date": _("“%(said)s” is no date. Write 31-12-2026 or 2026-12-31."),
    "date_ahead": _("“%(said)s” still has to come."),
    "date_over": _("“%(said)s” is over: these points have lapsed already."),
    "date_too_early": _("“%(said)s” is too long ago."),
    "not_a_number": _("“%(said)s” is no number."),
    "not_points": _("“%(said)s” is no whole number of points above zero."),
    "too_many_points": _("More than %(said)s points at once."),
    "not_yes_or_no": _("“%(said)s” is neither yes nor no."),
    "language": _("“%(said)s” is no language that we speak: nl or en."),
    "shortened": _(
        "“%(said)s” was shortened by Excel and has lost digits. Give the column the type text, fill it again and save it."
    ),
    "not_card": _("“%(said)s” is no card number: 8 to 19 digits, without a typing error."),
    "not_email": _("“%(said)s” is no e-mail address."),
    "not_phone": _("“%(said)s” is no telephone number."),
    "not_ext": _("“%(said)s” is no number: at most 100 letters and digits, without spaces."),
    "no_key": _("No card, e-mail address, telephone or other number is filled in."),
    "taken": _(
        "“%(said)s” belongs to another member already. Are they one person? Then add it on that member's page."
    ),
    "two_members": _("These point to two different members: %(said)s."),
    "other_programme": _("Is a member of another programme; have them join this one themselves."),
    "unknown_member": _("Nobody has this: %(said)s."),
    "unknown_unit": _("The programme saves no “%(said)s”."),
    "other_balance": _(
        "An opening balance of another size was imported under this key before: %(said)s points."
    ),
    "account_closed": _("The member's account is closed."),
    "key_conflict": _(
        "A receipt with this number was recorded before, with something else in it. Lines of one receipt must follow each other."
    ),
    "receipt_differs": _("The lines of this receipt say different things about: %(said)s."),
    "receipt_too_long": _("A receipt has at most %(said)s lines."),
    "invalid": _("Refused: %(said)s"),
    "service": _("Refused: %(said)s"),
    # what cannot be undone
    "has_login": _("Signs in: a member who has a login is not removed by an import."),
    "has_activities": _("Has bought or done something since."),
    "has_points": _("Has points, or had: undo the import of balances first."),
    "was_merged": _("Was merged with another member."),
    "was_changed": _("Was changed since: there is something on the member's page now."),
    "is_spent": _("Of these points some are spent or lapsed."),
    "is_gone": _("Is no longer there."),
}
