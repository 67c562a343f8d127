import pytest

from rewards.models import JournalEntry, OfflinePack, TillReceipt, VoucherUse
from rewards.services.offline.tickets import ticket_of
from tests.rewards.offline.conftest import CARD
from tests.rewards.offline.emulator import Emulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(shop_factory):
    return shop_factory("kassa", scopes=["till:use"])


@pytest.fixture
def till(till_factory, connection):
    return till_factory(client_id=connection.client_id)


def entry(number: int = 1, **changes):
    body = {"receipt": "r-1", "amount": "12.50", "member": f"card:{CARD}"}
    said = {"number": number, "pack": 1, "kind": "SALE", "happened_at": "2026-11-22T12:00:00Z"}
    return {**said, "body": body, **changes}


class TestPack:
    def test_is_all_that_a_till_needs(self, connection, till, voucher_factory):
        voucher = voucher_factory()

        answer = connection.get("till/pack")

        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        emulator = Emulator(till, pack=answer.json())
        serial, cents = emulator.check(ticket_of(voucher), voucher.issued_at)
        assert (cents, emulator.pack["number"]) == (500, 1)
        assert emulator.pack["rewards"] == [
            {
                "number": int(serial, 16) >> 40,
                "key": "fiver",
                "name": {"nl": "Kwast", "en": "Brush"},
            }
        ]

    def test_is_refused_without_the_scope(self, shop, till_factory):
        till_factory(client_id=shop.client_id)

        answer = shop.get("till/pack")

        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        assert OfflinePack.objects.count() == 0

    def test_is_refused_for_a_till_of_another_connection(self, connection, till, till_factory):
        till_factory("page")

        answer = connection.get("till/pack", till="page")

        assert (answer.status_code, answer.json()["code"]) == (404, "till_unknown")
        assert OfflinePack.objects.count() == 0


class TestJournal:
    def test_is_taken_in_any_number_of_times(self, connection, till, anna):
        connection.get("till/pack")
        body = {"till": "till-1", "clock": "2026-11-22T12:00:00Z", "entries": [entry()]}

        first, again = (connection.post("till/journal", body) for _twice in range(2))

        assert first.status_code == 200
        assert first.json()["entries"] == again.json()["entries"]
        [said] = first.json()["entries"]
        assert (said["number"], said["outcome"], said["refusal"]) == (1, "BOOKED", "")
        assert first.json()["is_clock_off"] is True  # noon was long ago
        assert TillReceipt.objects.get().number == "r-1"

    @pytest.mark.parametrize(
        "body",
        [
            {"entries": []},
            {"entries": [entry(number=0)]},
            {"entries": [entry(kind="GIFT")]},
            {"entries": [entry(happened_at="2026-11-22T12:00:00")]},
            {"entries": [entry(body={"name": "Anna"})]},
            {"entries": [entry()], "more": 1},
            {"entries": [entry(number=n) for n in range(1, 502)]},
        ],
    )
    def test_that_makes_no_sense_is_refused_whole(self, connection, till, body):
        answer = connection.post("till/journal", body)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert JournalEntry.objects.count() == 0

    def test_books_a_voucher_that_was_used(self, connection, till, voucher_factory):
        voucher = voucher_factory()
        pack = connection.get("till/pack").json()
        code = ticket_of(voucher)
        used = entry(kind="USE", happened_at=pack["issued_at"], body={"code": code, "cents": 500})

        [said] = connection.post("till/journal", {"entries": [used]}).json()["entries"]

        assert (said["outcome"], said["value"], said["winner"]) == ("BOOKED", "5.00", None)
        assert VoucherUse.objects.get().voucher == voucher

    def test_of_a_till_elsewhere_is_unknown(self, connection, till):
        answer = connection.post("till/journal", {"till": "other", "entries": [entry()]})

        assert (answer.status_code, answer.json()["code"]) == (404, "till_unknown")
        assert JournalEntry.objects.count() == 0
