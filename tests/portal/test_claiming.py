"""A receipt without a card, added afterwards."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from loyalty.services.rulebook import current_rulebook
from members.models import Activity, ClaimAttempt
from members.services.claims import claim_sale
from members.services.guest_sales import claim_token, keep_guest_sale
from members.types import ActivitySubmission, LineSubmission

ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def sale(shop, now):
    line = LineSubmission(product="p-1", category="tools", amount="30.95")
    submission = ActivitySubmission(
        type="purchase",
        member="",
        source="kassa",
        external_id="till-9",
        occurred_at=now - timedelta(hours=3),
        location="Utrecht",
        lines=(line,),
    )
    book = current_rulebook(programme_id=shop.programme.pk)
    return keep_guest_sale(
        book=book, submission=submission, receipt="4711", actor="api:kassa", at=now
    )[0]


def typed(sale, **changes):
    moment = sale.occurred_at.astimezone(ZONE)
    said = {
        "receipt": "4711",
        "amount": "30,95",
        "day": f"{moment:%Y-%m-%d}",
        "time": f"{moment:%H:%M}",
    }
    return said | changes


class TestClaim:
    @pytest.mark.parametrize("amount", ["30,95", "30.95", " € 30,95"])
    def test_adds_the_receipt_and_says_what_it_gave(self, portal, sale, amount):
        answer = portal.post("/claim/", typed(sale, amount=amount), follow=True)
        assert answer.redirect_chain == [("/statement/", 302)]
        assert "Your purchase is added" in answer.text
        assert Activity.objects.get().points == 30

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"receipt": "4712"}, "no receipt with this number"),
            ({"receipt": "47\x0011"}, "Null"),
            ({"amount": "veel"}, "Enter a number"),
            ({"amount": "1.095,30"}, "no receipt"),
            ({"day": "2026-13-01"}, "valid date"),
            ({"time": ""}, "required"),
        ],
    )
    def test_says_in_words_what_does_not_fit(self, portal, sale, wrong, words):
        answer = portal.post("/claim/", typed(sale, **wrong))
        assert (answer.status_code, Activity.objects.count()) == (200, 0)
        assert words in answer.text

    def test_tells_when_to_try_again_after_too_many(self, portal, sale):
        for guess in range(5):
            portal.post("/claim/", typed(sale, receipt=f"B{guess}"))
        assert "tried often enough" in portal.post("/claim/", typed(sale)).text
        assert ClaimAttempt.objects.count() == 5
        assert Activity.objects.count() == 0

    def test_asks_to_sign_in_first(self, client, shop, sale):
        assert client.get("/claim/").status_code == 302
        assert client.post("/claim/", typed(sale)).status_code == 302
        assert Activity.objects.count() == 0


class TestTheCodeOnTheReceipt:
    def test_shows_the_receipt_and_adds_it_with_one_button(self, portal, sale):
        page = f"/claim/{claim_token(sale)}/"
        assert "Utrecht" in portal.get(page).text
        assert Activity.objects.count() == 0
        assert portal.post(page).status_code == 302
        assert Activity.objects.get().points == 30

    def test_says_that_somebody_has_it(self, portal, sale, shop, client):
        other = shop.enrol("bo@example.nl", identifiers=["email:bo@example.nl"], given_name="Bo")
        claim_sale(membership=other, sale=sale, at=sale.recorded_at)
        answer = portal.post(f"/claim/{claim_token(sale)}/")
        assert "been added already" in answer.text
        assert Activity.objects.get().membership_id == other.pk

    def test_knows_no_other(self, portal, sale):
        assert portal.get("/claim/verzonnen/").status_code == 404
