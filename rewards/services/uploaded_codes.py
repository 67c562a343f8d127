"""Codes that were made elsewhere, read before they are taken in: which rows are none."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from rewards.codes import LONGEST, digest_of_foreign, plain_foreign
from rewards.models import Voucher

SHORTEST = 6  # characters, without spaces and dashes


class Wrong(StrEnum):
    """What can be wrong with a row."""

    NO_CODE = "no_code"
    TWICE = "twice"
    TAKEN = "taken"


class WrongRow(NamedTuple):
    """A row that cannot be taken in, counted from 1, and why."""

    row: int
    why: Wrong


class Read(NamedTuple):
    """The digest of every code, with the code as it was written; and the rows that are wrong."""

    codes: dict[str, str]
    wrong: list[WrongRow]


def read_codes(rows: Sequence[str]) -> Read:
    """Read all rows; empty ones are left out, and no code is there twice. One query."""
    found: dict[str, str] = {}
    places: dict[str, int] = {}
    wrong: list[WrongRow] = []
    for row, said in enumerate(rows, 1):
        code = said.strip()
        if not code:
            continue
        is_one = len(code) <= LONGEST and code.isprintable() and code.isascii()
        if not is_one or len(plain_foreign(code)) < SHORTEST:
            wrong.append(WrongRow(row, Wrong.NO_CODE))
            continue
        digest = digest_of_foreign(code)
        if digest in found:
            wrong.append(WrongRow(row, Wrong.TWICE))
            continue
        found[digest], places[digest] = code, row
    taken = Voucher.objects.filter(digest__in=list(found)).values_list("digest", flat=True)
    wrong += [WrongRow(places[digest], Wrong.TAKEN) for digest in taken]
    return Read(found, sorted(wrong))
