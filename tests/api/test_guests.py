"""Sales without a member, and visitors, as a till and a webshop tell of them."""

from datetime import timedelta

from django.utils import timezone

from loyalty.models import Account
from members.models import GuestSale, Visitor, VisitorEvent
from tests.api.conftest import everything, till_of
from tests.members.shop import CARD


def sale(**changes):
    said = {
        "external_id": "till-9",
        "receipt": "4711",
        "occurred_at": (timezone.now() - timedelta(hours=2)).isoformat(),
        "lines": [{"product": "p", "category": "tools", "amount": "30.00"}],
    }
    return said | changes


class TestPostGuestSales:
    def test_keeps_it_and_answers_how_to_claim(self, till):
        body = sale()
        first, again = till.post("guest-sales", body), till.post("guest-sales", body)

        kept = GuestSale.objects.get()
        answer = first.json()
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert set(answer) == {"id", "claimable_until", "claim_url"}
        assert answer["id"] == str(kept.pk)
        assert answer["claim_url"].startswith("http://testserver/claim/")
        assert kept.source == "kassa"

    def test_refuses_a_member_an_unknown_field_and_another_sale_under_the_key(self, till):
        body = sale()
        till.post("guest-sales", body)
        before = everything()

        answers = [
            till.post("guest-sales", sale(member=CARD)),
            till.post("guest-sales", body | {"receipt": "4712"}),
            till.post("guest-sales", sale(type="review")),
        ]

        assert [(a.status_code, a.json()["code"]) for a in answers] == [
            (400, "invalid"),
            (422, "key_conflict"),
            (400, "invalid"),
        ]
        assert GuestSale.objects.count() == 1
        assert everything() == before

    def test_needs_the_scope(self, shop):
        reader = till_of(shop, "lezer", ["members:read"])
        assert reader.post("guest-sales", sale()).status_code == 403
        assert GuestSale.objects.count() == 0


class TestVisitors:
    def test_from_the_first_look_to_a_member(self, till, shop):
        visitor = till.post("visitors", {"text_version": "2026-11"}).json()["id"]
        deed = sale(type="purchase")
        deed.pop("receipt")
        kept = till.post(f"visitors/{visitor}/deeds", deed)
        again = till.post(f"visitors/{visitor}/deeds", deed)
        known = till.post(f"visitors/{visitor}/member", {"member": CARD})

        assert (kept.status_code, again.status_code) == (201, 200)
        assert known.json() == {
            "member": str(shop.anna.member_id),
            "activities": 1,
            "points": 30,
        }
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 30

    def test_forgets_who_withdraws(self, till):
        visitor = till.post("visitors", {"text_version": "2026-11"}).json()["id"]
        deed = sale(type="purchase")
        deed.pop("receipt")
        till.post(f"visitors/{visitor}/deeds", deed)

        gone = till.http.delete(
            f"/api/v1/visitors/{visitor}", headers={"Authorization": f"Bearer {till.key}"}
        )

        assert gone.json() == {"id": visitor}
        assert (Visitor.objects.count(), VisitorEvent.objects.count()) == (0, 0)
        assert till.post(f"visitors/{visitor}/deeds", deed).json()["code"] == "visitor_unknown"
