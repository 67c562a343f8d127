"""Tills: kept with their floor, their keys rotated, and the losses of being without a line settled."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from members.models import Membership
from rewards.models import DoubleUse, JournalEntry, OfflinePack, SigningKey, Till, TillReceipt
from tests.console.conftest import NOON
from tests.console.rewarding import a_reward, a_till, a_voucher, days, taken
from tests.console.rules import text

LIST = "/console/rewards/till/"
KEYS = "/console/rewards/signingkey/"
LOSSES = "/console/rewards/doubleuse/"
SAID = {
    "name": "Counter",
    "location": "Utrecht",
    "works_through": "",
    "floor_value": "15.00",
    "floor_total": "150.00",
    "floor_count": "12",
    "offline_hours": "48",
    "is_active": "on",
}
SignIn = Callable[..., Any]


@pytest.fixture
def loss(anna: Membership, programme: Programme) -> DoubleUse:
    voucher = a_voucher(taken(anna, a_reward(programme, name_en="Brush")))
    entry = JournalEntry.objects.create(
        till=a_till(programme, name="Market", location="Utrecht"),
        number=7,
        kind="USE",
        body={},
        fingerprint="",
        pack=1,
        happened_at=NOON,
        counted_at=NOON,
        received_at=NOON,
        outcome="LOST",
        marks=["over_floor_value"],
        value=Decimal("12.50"),
        voucher=voucher,
    )
    return DoubleUse.objects.create(voucher=voucher, loser=entry, value=entry.value, found_at=NOON)


class TestKeepingATill:
    def test_reads_its_floor_back_as_a_sentence(self, client: Client, sign_in: SignIn) -> None:
        sign_in("administrator")

        shown = text(client.post(f"{LIST}add/", SAID, follow=True))

        till = Till.objects.get()
        assert (till.key, till.floor_count, till.offline_hours) == ("counter", 12, 48)
        sentence = "Vouchers up to €15.00 each, €150.00 and 12 in all, for 48 hours."
        assert f"Saved: Counter. {sentence}" in shown
        assert "Last heard of: never." in shown
        assert "It was given no pack yet" in shown

    def test_changing_keeps_the_key_and_the_client(self, client: Client, sign_in: SignIn) -> None:
        sign_in("administrator")
        client.post(f"{LIST}add/", SAID)
        till = Till.objects.get()

        client.post(f"{LIST}{till.pk}/change/", {**SAID, "name": "Other", "is_active": ""})

        till.refresh_from_db()
        assert (till.key, till.name, till.is_active, till.client) == (
            *("counter", "Other", False),
            None,
        )

    @pytest.mark.parametrize(
        "wrong",
        [{"floor_value": "-1"}, {"offline_hours": "0"}, {"location": "Nowhere"}, {"name": ""}],
    )
    def test_what_makes_no_till_stores_nothing(
        self, client: Client, sign_in: SignIn, wrong: dict[str, str]
    ) -> None:
        sign_in("administrator")
        answer = client.post(f"{LIST}add/", {**SAID, **wrong})
        assert answer.context["adminform"].form.errors
        assert not Till.objects.exists()

    def test_finance_looks_and_changes_nothing(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        till = a_till(programme)
        sign_in("finance")
        assert client.get(f"{LIST}{till.pk}/change/").status_code == 200
        assert client.post(f"{LIST}{till.pk}/change/", SAID).status_code == 403
        till.refresh_from_db()
        assert till.name == "Till 1"

    def test_its_page_shows_packs_and_what_it_did_without_a_line(
        self, client: Client, sign_in: SignIn, loss: DoubleUse
    ) -> None:
        sign_in("administrator")
        OfflinePack.objects.create(till=loss.loser.till, number=3, issued_at=NOON, valid_until=NOON)

        shown = text(client.get(f"{LIST}{loss.loser.till_id}/change/"))

        assert "Used elsewhere before: 1" in shown
        assert "worth more than it may take in" in shown
        assert "€12.50" in shown
        assert "One loss is still to be settled" in shown

    def test_the_list_costs_few_queries(
        self,
        client: Client,
        sign_in: SignIn,
        programme: Programme,
        loss: DoubleUse,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("administrator")
        for _each in range(5):
            a_till(programme)
        with django_assert_max_num_queries(10):
            rows = client.get(LIST).context["cl"].result_list
        assert {row.name: row.unsettled for row in rows} == {"Market": 1, "Till 1": 0}


class TestKeys:
    def test_a_new_key_signs_and_an_old_one_is_retired(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("administrator")
        assert "Tickets of the keys before stay good" in text(client.get(f"{KEYS}rotate/"))
        assert not SigningKey.objects.exists()

        client.post(f"{KEYS}rotate/")
        client.post(f"{KEYS}rotate/")
        first, second = SigningKey.objects.order_by("number")
        shown = text(client.post(f"{KEYS}{first.pk}/retire/", follow=True))

        first.refresh_from_db()
        assert first.retired_at is not None
        assert second.retired_at is None
        assert "signs nothing any more" in shown

    def test_are_the_administrators(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("finance")
        assert client.get(KEYS).status_code == 403
        assert client.post(f"{KEYS}rotate/").status_code == 403
        assert not SigningKey.objects.exists()


class TestLosses:
    def test_finance_settles_one_once(
        self, client: Client, sign_in: SignIn, loss: DoubleUse
    ) -> None:
        user = sign_in("finance")
        page = text(client.get(f"{LOSSES}{loss.pk}/change/"))
        assert "“Market” in Utrecht took it in on 22 November 2026" in page
        assert "€12.50" in page

        client.post(f"{LOSSES}{loss.pk}/settle/")
        loss.refresh_from_db()
        first = loss.settled_at
        client.post(f"{LOSSES}{loss.pk}/settle/")

        loss.refresh_from_db()
        assert (loss.settled_at, loss.settled_by) == (first, f"staff:{user.pk}")
        assert first is not None

    def test_who_may_not_settle_changes_nothing(
        self, client: Client, sign_in: SignIn, loss: DoubleUse
    ) -> None:
        sign_in("marketer")
        assert client.post(f"{LOSSES}{loss.pk}/settle/").status_code == 403
        loss.refresh_from_db()
        assert loss.settled_at is None

    @pytest.mark.parametrize(("asked", "many"), [("", 1), ("state=open", 1), ("state=settled", 0)])
    def test_are_found_by_state(
        self, client: Client, sign_in: SignIn, loss: DoubleUse, asked: str, many: int
    ) -> None:
        sign_in("finance")
        assert len(client.get(f"{LOSSES}?{asked}").context["cl"].result_list) == many


def receipt(till: Till, number: str, **changes: Any) -> TillReceipt:
    said = {
        "day": NOON.date(),
        "amount": Decimal("25.00"),
        "fingerprint": "",
        "actor": "till:x",
        "committed_at": NOON,
        "recorded_at": NOON,
    }
    return TillReceipt.objects.create(id=uuid4(), till=till, number=number, **{**said, **changes})


class TestATillsDay:
    def test_adds_up_and_says_that_it_ties_out(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("finance")
        till = a_till(programme, name="Counter")
        receipt(till, "1")
        receipt(till, "=2")
        receipt(till, "3", day=days(1).date())

        shown = text(client.get(f"{LIST}{till.pk}/day/?day=2026-11-22"))

        assert "2 receipts on 22 November 2026." in shown
        assert "€50.00" in shown
        assert "Ties out" in shown
        lines = client.get(f"{LIST}{till.pk}/day/?day=2026-11-22&format=csv")
        assert "'=2" in text(lines)
        assert f"till-{till.key}-2026-11-22.csv" in lines.headers["Content-Disposition"]
        told = client.get(f"{LIST}{till.pk}/day/?day=2026-11-22&format=json").json()
        assert (told["is_tied"], len(told["receipts"])) == (True, 2)

    def test_says_where_the_books_have_it_otherwise(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("finance")
        till = a_till(programme)
        receipt(till, "1", earned=50)
        shown = text(client.get(f"{LIST}{till.pk}/day/?day=2026-11-22"))
        assert "Does not tie out" in shown
        assert "earned: 0 in the ledger" in shown

    def test_is_empty_without_receipts_and_refuses_nonsense(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("finance")
        page = f"{LIST}{a_till(programme).pk}/day/"
        assert "The till booked nothing that day." in text(client.get(page))
        assert client.get(f"{page}?day=never").context["form"].errors

    def test_is_not_the_marketers(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        assert client.get(f"{LIST}{a_till(programme).pk}/day/").status_code == 403
