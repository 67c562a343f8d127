"""Dutch is whole: nothing untranslated, nothing doubtful, and compiled as it is written."""

from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

FOLDER = Path(__file__).resolve().parents[2] / "locale" / "nl" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="nl")


def written(catalogue: Catalog) -> dict[str | tuple[str, int], str]:
    """The catalogue as gettext keeps it: plurals by number, contexts before an EOT."""
    said: dict[str | tuple[str, int], str] = {}
    for message in catalogue:
        if not message.id:
            continue
        before = f"{message.context}\x04" if message.context else ""
        if isinstance(message.id, tuple):
            for index, text in enumerate(message.string):
                said[before + message.id[0], index] = text
        else:
            said[before + message.id] = str(message.string)
    return said


def test_nothing_is_left_untranslated_or_doubtful(catalogue: Catalog) -> None:
    open_ones = [
        message.id
        for message in catalogue
        if message.id
        and (
            message.fuzzy
            or not message.string
            or (isinstance(message.string, tuple) and not all(message.string))
        )
    ]
    assert open_ones == []


def test_the_compiled_catalogue_is_the_written_one(catalogue: Catalog) -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    compiled.pop("", None)
    assert compiled == written(catalogue)


def test_placeholders_are_kept(catalogue: Catalog) -> None:
    assert [error for _, errors in catalogue.check() for error in errors] == []
