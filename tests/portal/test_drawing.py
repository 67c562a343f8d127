"""What scanners and eyes depend on: bars, QR codes, contrast."""

import re

import pytest

from loyalty.services.colours import contrast, legible, text_on
from loyalty.templatetags.figures import card, money, number, signed
from members.templatetags.drawing import barcode, qr
from members.views.brand import DARK, LIGHT

# The bars of 5901234123457, from the worked example in the standard's literature.
EXAMPLE = (
    "101"
    "0001011" "0100111" "0110011" "0010011" "0111101" "0011101"
    "01010"
    "1100110" "1101100" "1000010" "1011100" "1001110" "1000100"
    "101"
)  # fmt: skip


def bars_in(drawing: str) -> str:
    """The modules of a drawn barcode, from its first bar to its last."""
    black = {int(x) - 11 for x in re.findall(r"M(\d+) 0v", drawing)}
    return "".join("1" if at in black else "0" for at in range(95))


class TestBarcode:
    def test_draws_the_standards_example(self) -> None:
        assert bars_in(barcode("5901234123457")) == EXAMPLE

    def test_leaves_the_white_that_scanners_need(self) -> None:
        assert 'viewBox="0 0 117 40"' in barcode("2990000000019")

    def test_draws_a_number_of_another_kind_as_code_128(self) -> None:
        # Start B, "A", "1", "2", check, stop: 11 modules each, the stop 13; 11 of white at each side.
        assert 'viewBox="0 0 90 40"' in barcode("A12")

    def test_never_puts_another_check_digit_under_a_number(self) -> None:
        assert bars_in(barcode("5901234123450")) != EXAMPLE
        assert 'viewBox="0 0 117 40"' not in barcode("5901234123450")

    @pytest.mark.parametrize("text", ["", "x" * 25, "kaart \u20ac", "a\nb"])
    def test_draws_nothing_that_no_scanner_reads(self, text: str) -> None:
        assert barcode(text) == ""


class TestQr:
    def test_is_never_a_micro_qr_code(self) -> None:
        # Version 1 has 21 modules and 4 of white on each side; Micro QR codes are smaller.
        assert 'viewBox="0 0 116 116"' in qr("A")

    def test_is_dark_on_white_whatever_the_page(self) -> None:
        drawing = qr("2990000000019")
        assert 'fill="#fff"' in drawing
        assert 'stroke="#14120e"' in drawing


class TestColours:
    @pytest.mark.parametrize("colour", ["#1f5f4a", "#ffd400", "#000000", "#ffffff", "#777777"])
    def test_make_every_brand_legible(self, colour: str) -> None:
        for surfaces in (LIGHT, DARK):
            shade = legible(colour, on=surfaces)
            assert min(contrast(shade, surface) for surface in surfaces) >= 4.5
        assert contrast(text_on(colour), colour) >= 4.5

    def test_leave_a_legible_brand_as_it_is(self) -> None:
        assert legible("#1f5f4a", on=LIGHT) == "#1f5f4a"


class TestFigures:
    def test_are_told_in_the_readers_language(self) -> None:
        from decimal import Decimal

        from django.utils import translation

        with translation.override("nl"):
            assert number(12345) == "12.345"
            assert money(Decimal("1234.50"), "EUR") == "€\xa01.234,50"
        with translation.override("en"):
            assert number(12345) == "12,345"
            assert signed(-1500) == "\N{MINUS SIGN}1,500"
            assert money(Decimal("1234.50"), "EUR") == "€1,234.50"

    def test_group_a_cards_number_as_printed(self) -> None:
        assert card("2990000000019") == "2990 0000 00019"
