"""XLSX: is it safe to open, and the rows of its first sheet."""

import zlib
from collections.abc import Generator, Sequence
from datetime import datetime, time
from io import BufferedReader
from zipfile import BadZipFile, ZipFile

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from members.services.importing.refused import FileRefused

MOST_PARTS = 2_000
MOST_BYTES = 1024**3  # of all parts together, unpacked
MOST_STRINGS = 64 * 1024**2  # the shared texts are held in memory
MOST_RATIO = 250  # a list compresses thirty times, a bomb a thousand
_SMALL = 1024**2
_STRINGS = "sharedStrings.xml"
_EXACT = 10**15  # numbers from there on have lost digits in a spreadsheet

_BROKEN = (
    AttributeError,
    BadZipFile,
    DefusedXmlException,
    EOFError,
    IndexError,
    InvalidFileException,
    KeyError,
    NotImplementedError,
    SyntaxError,  # XML that is none
    TypeError,
    ValueError,
    zlib.error,
)


def rows(file: BufferedReader, most_columns: int) -> Generator[Sequence[object], None, None]:
    """Every row of the first sheet, as values. Raises FileRefused for a bomb or a damaged file."""
    check_parts(file)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            first = book.worksheets[0]
            first.reset_dimensions()
            for row in first.iter_rows(values_only=True, max_col=most_columns + 1):
                yield _filled(row)
        finally:
            book.close()
    except _BROKEN as broken:
        raise FileRefused("broken_sheet") from broken


def _filled(row: Sequence[object]) -> Sequence[object]:
    """Without the empty cells behind the last; the library fills every row up to the limit."""
    width = len(row)
    while width and row[width - 1] is None:
        width -= 1
    return row[:width]


def check_parts(file: BufferedReader) -> None:
    """Look at the sizes that the parts have unpacked, before any is. Raises FileRefused."""
    try:
        parts = ZipFile(file).infolist()
    except _BROKEN as broken:
        raise FileRefused("broken_sheet") from broken
    finally:
        file.seek(0)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise FileRefused("bomb")
    for part in parts:
        is_dense = part.file_size > max(part.compress_size, 1) * MOST_RATIO
        if part.file_size > _SMALL and is_dense:
            raise FileRefused("bomb")
        if part.filename.endswith(_STRINGS) and part.file_size > MOST_STRINGS:
            raise FileRefused("bomb")
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise FileRefused("not_a_table")


def text_of(cell: object) -> str:
    """A value as a person would have written it in a text file."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case datetime() if cell.time() == time.min:
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(" ", "seconds")
        case int() | float():
            return _number_text(cell)
        case _:
            return str(cell)  # of a day or a time as ISO has it


def _number_text(cell: float) -> str:
    """Whole ones without a fraction; those that have lost digits so that it can be seen."""
    if abs(cell) >= _EXACT:
        return repr(float(cell))
    return str(int(cell)) if float(cell).is_integer() else str(cell)
