from decimal import Decimal

import pytest

from loyalty.errors import InvalidRequest
from rewards.kinds import CashCard, Discount, Tender, read_terms


class TestNumbersInTerms:
    def test_are_exact(self):
        assert read_terms("DISCOUNT", {"amount": "5.00"}) == Discount(amount=Decimal("5.00"))
        assert read_terms("CASH_CARD", {"value": "10000"}) == CashCard(value=Decimal(10000))
        assert read_terms("TENDER", {"point_worth": "0.01"}) == Tender(point_worth=Decimal("0.01"))

    @pytest.mark.parametrize(
        ("kind", "terms", "field"),
        [
            ("DISCOUNT", {"amount": "0"}, "terms.amount"),
            ("DISCOUNT", {"amount": "NaN"}, "terms.amount"),
            ("DISCOUNT", {"amount": "5", "minimum": "-1"}, "terms.minimum"),
            ("DISCOUNT", {"percent": "100.01"}, "terms.percent"),
            ("DISCOUNT", {"percent": "5", "at_most": "0"}, "terms.at_most"),
            ("PRODUCT", {"products": ["p"], "worth": "-0.01"}, "terms.worth"),
            ("TENDER", {"point_worth": "0"}, "terms.point_worth"),
            ("MULTIPLIER", {"factor": "1"}, "terms.factor"),
            ("MULTIPLIER", {"factor": "20.5"}, "terms.factor"),
            ("CASH_CARD", {"value": "10000.01"}, "terms.value"),
            ("CASH_CARD", {"value": "x"}, "terms.value"),
        ],
    )
    def test_are_refused_outside_their_bounds(self, kind, terms, field):
        with pytest.raises(InvalidRequest) as refused:
            read_terms(kind, terms)
        assert refused.value.field == field
