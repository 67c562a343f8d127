"""CSV: which encoding, which separator, and its rows."""

import codecs
import csv
import io
from collections.abc import Generator, Iterator

from members.services.importing.refused import FileRefused

DELIMITERS = ";,\t|"
LONGEST_LINE = 1024 * 1024  # characters
_SAMPLE = 64 * 1024  # bytes
_ROWS = 20  # of the sample, to see which separator makes them alike
_MOST_NULS = 0.02  # of the sample; more is no text


def rows(file: io.BufferedReader) -> Generator[list[str], None, None]:
    """Every row, blank ones too. Raises FileRefused for what is no text, or has a cell without end."""
    encoding = encoding_of(file)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        sample = text.read(_SAMPLE)
        text.seek(0)
        lines = _lines(text)
        if sample[:4].lower() == "sep=":  # Excel's own way to name the separator
            delimiter = sample[4:5]
            next(lines)
        else:
            delimiter = delimiter_of(sample)
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as broken:
                raise FileRefused("long_cell", reader.line_num) from broken
    finally:
        text.detach()


def encoding_of(file: io.BufferedReader) -> str:
    """UTF-8 when all of it is that, what its mark says, or else Windows' own."""
    start = file.read(_SAMPLE)
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.count(0) > len(start) * _MOST_NULS:
        raise FileRefused("not_a_table")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_SAMPLE):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8-sig"


def delimiter_of(sample: str) -> str:
    """The separator that makes the first rows alike, and of those the one with most columns."""
    lines = sample.splitlines(keepends=True)
    whole = lines[:-1] if len(lines) > 1 and len(sample) == _SAMPLE else lines

    def weight(delimiter: str) -> tuple[bool, int, int]:
        try:
            found = [row for row in csv.reader(whole[:_ROWS], delimiter=delimiter) if row]
        except csv.Error:
            return False, 0, 0
        if not found:
            return False, 0, 0
        width = len(found[0])
        return width > 1, sum(1 for row in found if len(row) == width), width

    return max(DELIMITERS, key=weight)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Line by line, and never more than so much of one in memory."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) >= LONGEST_LINE:
            raise FileRefused("long_cell", number)
        yield line
