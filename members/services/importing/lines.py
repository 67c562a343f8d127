"""A line by our own words: what its cells say under the mapping."""

from collections.abc import Mapping, Sequence

from members.identifiers import ParsedIdentifier
from members.services.importing import values
from members.services.importing.columns import FIXED, identifier_fields
from members.services.importing.reading import LONGEST_CELL, Line
from members.services.importing.refused import LineRefused


class Layout:
    """Where in a line each field stands; made once for a file."""

    def __init__(self, header: Sequence[str], mapping: Mapping[str, str]) -> None:
        places = {column: place for place, column in enumerate(header)}
        self.fixed = {f: s.removeprefix(FIXED) for f, s in mapping.items() if s.startswith(FIXED)}
        self.places = {f: places[s] for f, s in mapping.items() if not s.startswith(FIXED)}
        self.identifiers = identifier_fields(mapping)
        self.header = list(header)

    def said(self, line: Line, field: str) -> str:
        """What the line says of the field; nothing when it has no column."""
        if (place := self.places.get(field)) is not None:
            return line.cells[place]
        return self.fixed.get(field, "")

    def needed(self, line: Line, field: str) -> str:
        """As `said`. Raises LineRefused for nothing."""
        said = self.said(line, field)
        if not said:
            raise LineRefused("missing", field=field)
        return said

    def text(self, line: Line, field: str, longest: int) -> str:
        """A text of one line. Raises LineRefused for one that is too long."""
        said = self.said(line, field)
        if len(said) > longest:
            raise LineRefused("long_text", longest, field=field)
        return said

    def check(self, line: Line) -> None:
        """Raises LineRefused for a line that is broken as such."""
        if line.is_longer:
            raise LineRefused("extra_cells")
        for field, place in self.places.items():
            said = line.cells[place]
            if len(said) > LONGEST_CELL:
                raise LineRefused("long_text", LONGEST_CELL, field=field)
            if said and (not said.isprintable() or "\ufffd" in said):
                raise LineRefused("unreadable", field=field)

    def keys(self, line: Line) -> list[ParsedIdentifier]:
        """By what the member is found, the surest first. Raises LineRefused for none."""
        found = [
            values.identifier(field, said)
            for field in self.identifiers
            if (said := self.said(line, field))
        ]
        if not found:
            raise LineRefused("no_key", field=self.identifiers[0])
        return list(dict.fromkeys(found))
