"""The lines of a file, whatever it is: CSV in some encoding with some separator, or XLSX."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from io import BufferedReader
from typing import NamedTuple
from uuid import UUID

from members.services.importing import comma, sheet
from members.services.importing.files import open_pieces
from members.services.importing.refused import FileRefused

Rows = Generator[Sequence[object], None, None]

LONGEST_CELL = 2_000  # characters; what is longer is cut there, and its line refused
MOST_LINES = 2_000_000
MOST_COLUMNS = 200
FIRST = 5  # lines shown under the choice of columns

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_GUARDED = "=+-@"


class Line(NamedTuple):
    """A line under the header; as many cells as the header, unless `is_longer`."""

    number: int  # in the file; the header is usually 1
    cells: tuple[str, ...]
    is_longer: bool = False


class Head(NamedTuple):
    """What can be seen without reading it all."""

    header: list[str]
    first: list[Line]


def look(import_id: UUID) -> Head:
    """The header and the first lines. Raises FileRefused for what is no table, or has no lines."""
    with open_pieces(import_id) as file, closing(_rows(file)) as rows:
        header = _header(next(rows, (0, ()))[1])
        first = [line for line, _ in zip(_lines(rows, len(header)), range(FIRST), strict=False)]
    if not header:
        raise FileRefused("empty")
    if not first:
        raise FileRefused("no_lines")
    return Head(header, first)


def read_lines(import_id: UUID, *, after: int = 0) -> Iterator[Line]:
    """The lines under the header, from the one after so many lines on.

    Raises FileRefused for a file that is no table any further, or has too many lines.
    """
    with open_pieces(import_id) as file, closing(_rows(file)) as rows:
        width = len(_header(next(rows, (0, ()))[1]))
        for nth, line in enumerate(_lines(rows, width)):
            if nth >= MOST_LINES:
                raise FileRefused("too_many_lines", f"{MOST_LINES:,}")
            if nth >= after:
                yield line


def count_lines(import_id: UUID) -> int:
    """How many there are under the header. Raises FileRefused as `read_lines`."""
    return sum(1 for _line in read_lines(import_id))


def _rows(file: BufferedReader) -> Generator[tuple[int, Sequence[object]], None, None]:
    """Every row that says anything, with its number."""
    start = file.peek(len(_ZIP))[: len(_ZIP)]
    if start == _OLD_EXCEL:
        raise FileRefused("old_excel")
    table: Rows = sheet.rows(file, MOST_COLUMNS) if start == _ZIP else comma.rows(file)
    with closing(table) as found:
        for number, row in enumerate(found, start=1):
            if any(cell not in (None, "") for cell in row):
                yield number, row


def _header(row: Sequence[object]) -> list[str]:
    """What the columns are called: each something, and each something else."""
    said = [_text(cell).lstrip("=") for cell in row]
    while said and not said[-1]:
        said.pop()
    if len(said) > MOST_COLUMNS:
        raise FileRefused("too_many_columns", MOST_COLUMNS)
    names: list[str] = []
    for number, name in enumerate(said, start=1):
        wanted = unique = (name or f"({number})").replace("\x00", "")[:100]
        again = 1
        while unique in names:
            again += 1
            unique = f"{wanted} ({again})"
        names.append(unique)
    return names


def _lines(rows: Iterator[tuple[int, Sequence[object]]], width: int) -> Iterator[Line]:
    for number, row in rows:
        cells = [_text(cell) for cell in row]
        more = any(cells[width:])
        cells = cells[:width] + [""] * (width - len(cells))
        if any(cells) or more:
            yield Line(number, tuple(cells), more)


def _text(cell: object) -> str:
    """The cell as text, without the guard that our own files put before formulas."""
    said = cell if isinstance(cell, str) else sheet.text_of(cell)
    said = said.strip()[: LONGEST_CELL + 1]
    if said[:1] == "'" and said[1:2] in _GUARDED and len(said) > 1:
        return said[1:]
    return said


def guarded(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell[:1] and cell[0] in "=+-@\t\r\n" else cell
