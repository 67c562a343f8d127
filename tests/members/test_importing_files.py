"""Files as people have them: other encodings, spreadsheets, damage and malice."""

import io
from datetime import date, datetime
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.utils import translation

from members.models import Import, ImportPiece, Member
from members.services.importing import sheet as sheets
from members.services.importing.reading import look, read_lines
from members.services.importing.refused import FileRefused
from tests.members.imports import Kind, carried_out, counts, problems, sheet, tried, uploaded
from tests.members.shop import Shop

DONE = Import.State.DONE
TWO = "naam;e-mail\nZoë;zoe@x.nl\nÇelik;c@x.nl\n"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    @pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
    def test_is_read_whatever_its_encoding_and_separator(
        self, shop: Shop, encoding: str, separator: str
    ) -> None:
        found = uploaded(shop.programme, TWO.replace(";", separator).encode(encoding))
        assert found.mapping == {"email": "e-mail", "family_name": "naam"}
        assert [line.cells for line in read_lines(found.pk)] == [
            ("Zoë", "zoe@x.nl"),
            ("Çelik", "c@x.nl"),
        ]

    def test_quoted_cells_may_have_separators_and_ends_of_lines(self, shop: Shop) -> None:
        found = uploaded(
            shop.programme, 'email;adres\na@x.nl;"Laan 1; boven\r\nUtrecht"\nb@x.nl;x\n'
        )
        assert [line.number for line in read_lines(found.pk)] == [2, 3]
        assert counts(carried_out(found)) == (DONE, 2, 0, 0)

    def test_excels_own_first_line_names_the_separator(self, shop: Shop) -> None:
        found = uploaded(shop.programme, "sep=|\nemail|naam, voluit\na@x.nl|B, C\n")
        assert found.header == ["email", "naam, voluit"]

    def test_a_late_letter_of_windows_is_read_as_such(self, shop: Shop) -> None:
        rows = "".join(f"a{n}@x.nl;Jan\n" for n in range(20_000))
        content = ("email;naam\n" + rows + "z@x.nl;Zoë\n").encode("cp1252")
        assert [*read_lines(uploaded(shop.programme, content).pk)][-1].cells == ("z@x.nl", "Zoë")

    def test_headers_are_each_something_and_something_else(self, shop: Shop) -> None:
        found = uploaded(shop.programme, "=email;naam;naam;;x;;\na@x.nl;1;2;3;4\n")
        assert found.header == ["email", "naam", "naam (2)", "(4)", "x"]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "The file is empty."),
            (b"\n\n\n", "The file is empty."),
            (b"\xef\xbb\xbf", "The file is empty."),
            (b"email;naam\n", "no lines under it"),
            (b"\x00" * 5000, "not a CSV or Excel"),
            (bytes(range(256)) * 40, "unusable"),
            (b"\xd0\xcf\x11\xe0" + b"x" * 100, "a file of an old Excel"),
            (b'email;naam\na@x.nl;"' + b"x" * 10_000_000, "a cell is too long"),
            (b"email;naam\n" + b"x" * 2_000_000, "a cell is too long"),
            (";".join(f"c{n}" for n in range(201)).encode() + b"\na\n", "more than 200 columns"),
        ],
        ids=[
            "empty", "blank lines", "a mark alone", "header only", "zeros", "noise", "old excel",
            "open quote", "endless line", "wide",
        ],
    )  # fmt: skip
    def test_what_is_no_table_is_refused_and_not_kept(
        self, shop: Shop, content: bytes, said: str
    ) -> None:
        if said == "unusable":  # read as some table or other: no member comes of it
            found = uploaded(shop.programme, content)
            assert "email" not in found.mapping
            return
        with pytest.raises(FileRefused, match=said):
            uploaded(shop.programme, content)
        assert not Import.objects.exists()
        assert not ImportPiece.objects.exists()

    def test_one_that_is_too_large_is_refused(self, shop: Shop, settings) -> None:
        settings.IMPORT_MAX_BYTES = 2_000_000
        with pytest.raises(FileRefused, match="larger than 2 MB"):
            uploaded(shop.programme, b"email\n" + b"a@x.nl\n" * 300_000)
        assert not ImportPiece.objects.exists()

    def test_one_that_breaks_further_on_fails_with_the_place(self, shop: Shop) -> None:
        rows = "".join(f"a{n}@x.nl;Jan\n" for n in range(20))
        found = uploaded(shop.programme, f'email;naam\n{rows}b@x.nl;"{"x" * 200_000}\n')
        found = tried(found)
        assert (found.state, found.rows_done) == (Import.State.FAILED, 0)
        assert found.problem.startswith("long_cell|")
        assert Member.objects.count() == 1

    def test_a_long_cell_is_one_lines_trouble(self, shop: Shop) -> None:
        content = f"email;naam\na@x.nl;{'x' * 100_000}\nb@x.nl;B\n"
        found = carried_out(uploaded(shop.programme, content))
        assert problems(found) == {2: "naam: Longer than 2000 characters."}
        assert counts(found) == (DONE, 1, 0, 1)


class TestSpreadsheet:
    def test_its_days_and_numbers_are_what_they_look_like(self, shop: Shop) -> None:
        content = sheet(
            [
                ["E-mail", "Kaartnummer", "Telefoon", "Lid sinds"],
                ["a@x.nl", 2990000000026.0, 612345678, datetime(2020, 2, 1)],
                ["b@x.nl", "2990000000033", 31612345679, date(2021, 3, 4)],
            ]
        )
        found = uploaded(shop.programme, content, name="leden.xlsx")
        assert [line.cells for line in look(found.pk).first] == [
            ("a@x.nl", "2990000000026", "612345678", "2020-02-01"),
            ("b@x.nl", "2990000000033", "31612345679", "2021-03-04"),
        ]
        assert counts(carried_out(found)) == (DONE, 2, 0, 0)

    def test_numbers_that_lost_their_last_digits_are_refused(self, shop: Shop) -> None:
        content = sheet([["e-mail", "kaart"], ["a@x.nl", 1234567890123456789]])
        found = carried_out(uploaded(shop.programme, content))
        assert "was shortened by Excel" in problems(found)[2]

    def test_a_formula_counts_for_what_it_came_to(self, shop: Shop) -> None:
        """A sheet that no spreadsheet has calculated has nothing there."""
        content = sheet([["e-mail", "naam"], ["a@x.nl", "=1+1"], ["=A2", "B"]])
        found = carried_out(uploaded(shop.programme, content))
        assert counts(found) == (DONE, 1, 0, 1)
        assert Member.objects.get(identifiers__value="a@x.nl").family_name == ""

    def test_merged_cells_say_something_once(self, shop: Shop) -> None:
        content = sheet([["e-mail", "naam"], ["a@x.nl", "A"], [None, "B"]], merge="A2:A3")
        found = carried_out(uploaded(shop.programme, content))
        assert problems(found) == {
            3: "e-mail: No card, e-mail address, telephone or other number is filled in."
        }

    def test_a_cell_of_ten_megabytes_is_one_lines_trouble(self, shop: Shop) -> None:
        content = _sheet_xml(f'<c r="B2" t="inlineStr"><is><t>{_noise(10_000_000)}</t></is></c>')
        found = carried_out(uploaded(shop.programme, content))
        assert problems(found) == {2: "naam: Longer than 2000 characters."}

    def test_a_bomb_is_not_opened(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        def never(*_args: object, **_kwargs: object) -> None:
            raise AssertionError("it was opened")

        monkeypatch.setattr(sheets.openpyxl, "load_workbook", never)
        bomb = _sheet_xml(" " * 50_000_000)
        assert len(bomb) < 100_000
        with pytest.raises(FileRefused, match="unpacks to far more"):
            uploaded(shop.programme, bomb)
        assert not ImportPiece.objects.exists()

    def test_entities_are_not_expanded(self, shop: Shop) -> None:
        doctype = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        content = _sheet_xml('<c r="B2" t="inlineStr"><is><t>&e;</t></is></c>', doctype)
        with pytest.raises(FileRefused, match="damaged"):
            uploaded(shop.programme, content)

    @pytest.mark.parametrize("part", ["cut", "no book", "no zip"])
    def test_a_damaged_one_is_refused(self, shop: Shop, part: str) -> None:
        whole = sheet([["e-mail"], ["a@x.nl"]])
        kept = io.BytesIO()
        with ZipFile(kept, "w") as other:
            other.writestr("readme.txt", "hello")
        content = {
            "cut": whole[:2000],
            "no book": kept.getvalue(),
            "no zip": b"PK\x03\x04" + b"x" * 99,
        }
        with pytest.raises(FileRefused):
            uploaded(shop.programme, content[part])

    def test_an_empty_one_is_refused(self, shop: Shop) -> None:
        with pytest.raises(FileRefused, match="empty"):
            uploaded(shop.programme, sheet([]))


class TestBalancesFromASpreadsheet:
    def test_points_and_days_are_read(self, shop: Shop) -> None:
        content = sheet(
            [["kaartnummer", "saldo", "geldig tot"], [2990000000019, 1250, date(2027, 12, 31)]]
        )
        assert counts(carried_out(uploaded(shop.programme, content, Kind.BALANCES)))[1] == 1


def _noise(length: int) -> str:
    """Text that does not compress like a bomb."""
    import random

    draw = random.Random(7)
    return "".join(draw.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))


def _sheet_xml(cell: str, doctype: str = "") -> bytes:
    """A spreadsheet of one line whose second cell, or what stands there, is this."""
    source = ZipFile(io.BytesIO(sheet([["e-mail", "naam"], ["a@x.nl", "A"]])))
    kept = io.BytesIO()
    page = "xl/worksheets/sheet1.xml"
    with ZipFile(kept, "w", ZIP_DEFLATED) as other:
        for name in source.namelist():
            if name != page:
                other.writestr(name, source.read(name))
        head = '<?xml version="1.0"?>' + doctype
        rows = (
            '<row r="1"><c r="A1" t="inlineStr"><is><t>e-mail</t></is></c>'
            '<c r="B1" t="inlineStr"><is><t>naam</t></is></c></row>'
            f'<row r="2"><c r="A2" t="inlineStr"><is><t>a@x.nl</t></is></c>{cell}</row>'
        )
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        other.writestr(
            page, f'{head}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
        )
    return kept.getvalue()
