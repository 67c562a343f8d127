"""Every movement of a member's points, newest first: as a page, for the printer, as a file."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from loyalty.selectors import StatementLine, Wanted, statement
from loyalty.templatetags.figures import decimal_plain
from members.access import MemberRequest, require_member
from members.models import Membership
from members.portal import at_hand, deeds_with_receipt, other_balances
from members.views.movements import Movement, Narrator

PAGE = 30
MOST_IN_A_FILE = 20_000
WAYS = ("", "in", "out", "expired")
LONGEST_RECEIPT = 60
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader filters by, as the form says it; what is no value of ours is nothing."""

    way: str
    since: date | None
    until: date | None
    receipt: str

    @property
    def is_filtered(self) -> bool:
        return bool(self.way or self.since or self.until or self.receipt)

    @property
    def query(self) -> str:
        """The filter as an address has it."""
        said = {
            "show": self.way,
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "receipt": self.receipt,
        }
        return urlencode({key: value for key, value in said.items() if value})


@require_safe
@require_member
def show_statement(request: MemberRequest) -> HttpResponse:
    """A page of movements; `?before=` is the last one of the page before it.

    htmx is answered with the rows alone.
    """
    asked = _asked(request.GET)
    before = _cursor(request.GET.get("before", ""))
    lines = _lines(request.membership, asked, before=before, limit=PAGE + 1)
    movements = Narrator(request.membership).movements(lines[:PAGE])
    is_more = bool(getattr(request, "htmx", False)) and before is not None
    context: dict[str, Any] = {
        "today": timezone.localdate(),
        "asked": asked,
        "movements": movements,
        "earlier": movements[-1].transfer if len(lines) > PAGE else None,
        "is_paged": before is not None,
        "is_more": is_more,
    }
    if not is_more:
        context["units"] = other_balances(request.membership)
    page = "portal/statement_more.html" if is_more else "portal/statement.html"
    response = render(request, page, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@require_member
def statement_file(request: MemberRequest) -> HttpResponse:
    """The same movements for a spreadsheet: it opens in a Dutch Excel by a double click."""
    asked = _asked(request.GET)
    lines = _lines(request.membership, asked, before=None, limit=MOST_IN_A_FILE)
    movements = Narrator(request.membership).movements(lines)
    text = StringIO()
    table = csv.writer(text, delimiter=";")
    table.writerows(_table(movements))
    name = f"{request.membership.programme.slug}-{timezone.localdate():%Y-%m-%d}.csv"
    return HttpResponse(
        "\N{ZERO WIDTH NO-BREAK SPACE}" + text.getvalue(),  # by which Excel knows that it is UTF-8
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def safe_cell(text: str) -> str:
    """The text as no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


# --- What is asked -----------------------------------------------------------------------------


def _asked(query: QueryDict) -> Asked:
    way = query.get("show", "")
    return Asked(
        way=way if way in WAYS else "",
        since=_day(query.get("from", "")),
        until=_day(query.get("to", "")),
        receipt=query.get("receipt", "").replace("\x00", "").strip()[:LONGEST_RECEIPT],
    )


def _lines(
    membership: Membership, asked: Asked, *, before: int | None, limit: int
) -> list[StatementLine]:
    keys = deeds_with_receipt(membership, asked.receipt) if asked.receipt else None
    wanted = Wanted(
        way=asked.way,  # type: ignore[arg-type]  # one of WAYS
        since=_midnight(asked.since) if asked.since else None,
        until=_midnight(asked.until + timedelta(days=1)) if asked.until else None,
        keys=keys,
    )
    account = at_hand(membership).points_account
    return statement(account, before=before, limit=limit, wanted=wanted)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day < date(3000, 1, 1) else None


def _cursor(text: str) -> int | None:
    """A cursor from the address; what is no cursor begins at the newest."""
    is_number = text.isascii() and text.isdecimal() and len(text) < len(str(2**63))
    return int(text) if is_number else None


# --- The file ----------------------------------------------------------------------------------


def _table(movements: list[Movement]) -> Iterator[list[str | int]]:
    yield [
        gettext("Date"),
        gettext("Time"),
        gettext("What"),
        gettext("Why"),
        gettext("Place and receipt"),
        gettext("Amount"),
        gettext("Points"),
        gettext("Balance"),
    ]
    for movement in movements:
        local = timezone.localtime(movement.at)
        yield [
            f"{local:%Y-%m-%d}",
            f"{local:%H:%M}",
            safe_cell(movement.title),
            safe_cell("; ".join(movement.sentences)),
            safe_cell(", ".join(movement.references)),
            decimal_plain(movement.amount) if movement.amount is not None else "",
            movement.points,
            movement.balance_after,
        ]
