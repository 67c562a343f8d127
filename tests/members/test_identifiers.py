import pytest

from loyalty.errors import InvalidRequest
from members.identifiers import check_digit, new_card_number, parse_identifier


class TestParseIdentifier:
    @pytest.mark.parametrize(
        ("text", "parsed"),
        [
            ("card:2990000000019", ("CARD", "", "2990000000019")),
            (" CARD : 299 0000-0000 19 ", ("CARD", "", "2990000000019")),
            ("card:12345678", ("CARD", "", "12345678")),
            ("email:Anna.Smit+Spaar@Example.NL", ("EMAIL", "", "anna.smit+spaar@example.nl")),
            ("email:rene\u0301@example.nl", ("EMAIL", "", "ren\u00e9@example.nl")),
            ("phone:06-12345678", ("PHONE", "", "+31612345678")),
            ("phone:0031 6 1234 5678", ("PHONE", "", "+31612345678")),
            ("phone:+32 (0)470.12.34.56".replace("(0)", ""), ("PHONE", "", "+32470123456")),
            ("phone:+31 (0)6 12345678", ("PHONE", "", "+31612345678")),
            ("phone:030/2312345", ("PHONE", "", "+31302312345")),
            ("phone:+39 06 1234 5678", ("PHONE", "", "+390612345678")),
            ("phone:0612345", ("PHONE", "", "+31612345")),
            ("ext:CRM:K-77", ("EXTERNAL", "crm", "K-77")),
            ("ext:shop:a:b", ("EXTERNAL", "shop", "a:b")),
        ],
    )
    def test_writes_the_same_in_one_way(self, text, parsed):
        assert tuple(parse_identifier(text)) == parsed
        assert parse_identifier(str(parse_identifier(text))) == parse_identifier(text)

    @pytest.mark.parametrize(
        "text",
        [
            "", "card", "card:", "2990000000019", "card:2990000000018", "card:1234567",
            "card:１２３４５６７８", "card:12345678x", "card:" + "1" * 20, "email:", "email:anna",
            "email:@example.nl", "email:anna@nl", "email:a b@example.nl", "email:a@b@example.nl",
            "email:a\x00@example.nl", "email:a\u200b@example.nl", "email:a\u202e@example.nl",
            "email:" + "x" * 250 + "@example.nl", "phone:", "phone:112", "phone:abc", "phone:0800-VERF", "phone:06 12345678 x9",
            "phone:+0612345678", "ext:", "ext:crm", "ext:crm:", "ext:c m:1", "ext:crm:a b",
            "ext:crm:" + "1" * 101, "iban:NL00", "email:a@example..nl",
        ],
    )  # fmt: skip
    def test_refuses_what_cannot_be_right(self, text):
        with pytest.raises(InvalidRequest):
            parse_identifier(text)


class TestCheckDigit:
    @pytest.mark.parametrize(
        ("digits", "digit"), [("400638133393", "1"), ("978030640615", "7"), ("299000000001", "9")]
    )
    def test_is_that_of_ean_13(self, digits, digit):
        assert check_digit(digits) == digit


class TestNewCardNumber:
    def test_can_be_scanned_and_is_not_the_next_one(self):
        numbers = {new_card_number() for _ in range(100)}

        assert len(numbers) == 100
        assert all(len(n) == 13 and n.startswith("299") for n in numbers)
        assert all(n[-1] == check_digit(n[:-1]) for n in numbers)
