"""Batches of codes: found, followed while they are made, used, taken out and withdrawn."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from uuid_utils.compat import uuid7

from loyalty.models import Programme
from rewards.models import Reward, Voucher, VoucherBatch
from tests.console.conftest import NOON
from tests.console.rewarding import a_reward
from tests.console.rules import text

LIST = "/console/rewards/voucherbatch/"
STRONG = "Q7XK2MZP9RT4WB6CVN3H"
SignIn = Callable[..., Any]
_numbers = count(1)


def a_batch(reward: Reward, **changes: Any) -> VoucherBatch:
    number = next(_numbers)
    said = {
        "key": f"flyer-{number}",
        "name_nl": f"Folder {number}",
        "name_en": f"Flyer {number}",
        "origin": "GENERATED",
        "state": "READY",
        "wanted": 500,
        "made": 500,
        "valid_from": NOON,
        "valid_until": NOON + timedelta(days=30),
        "actor": "system:test",
        "created_at": NOON,
    }
    return VoucherBatch.objects.create(
        programme=reward.programme, reward=reward, **{**said, **changes}
    )


def a_code(batch: VoucherBatch, **changes: Any) -> Voucher:
    said = {
        "digest": f"{next(_numbers):064}",
        "issued_at": NOON,
        "expires_at": batch.valid_until,
        "max_uses": 5,
    }
    return Voucher.objects.create(
        id=uuid7(), reward=batch.reward, batch=batch, **{**said, **changes}
    )


@pytest.fixture
def brush(programme: Programme) -> Reward:
    return a_reward(programme, name_en="Brush")


class TestTheList:
    def test_finds_by_state_and_counts_uses_at_once(
        self,
        client: Client,
        sign_in: SignIn,
        brush: Reward,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        flyer = a_batch(brush)
        a_code(flyer, uses=3, used_at=NOON)
        a_code(flyer, uses=1, used_at=NOON)
        gone = a_batch(brush, state="WITHDRAWN")
        with django_assert_max_num_queries(11):
            rows = client.get(LIST).context["cl"].result_list
        assert {row.pk: (row.used, row.uses) for row in rows} == {flyer.pk: (2, 4), gone.pk: (0, 0)}
        [row] = client.get(f"{LIST}?state=WITHDRAWN").context["cl"].result_list
        assert row == gone

    def test_is_not_the_service_desks(self, client: Client, sign_in: SignIn) -> None:
        sign_in("service desk")
        assert client.get(LIST).status_code == 403


class TestThePage:
    def test_says_what_they_are_good_for(
        self, client: Client, sign_in: SignIn, brush: Reward
    ) -> None:
        sign_in("marketer")
        batch = a_batch(brush, valid_until=timezone.now() + timedelta(days=3), limit_per_member=2)
        shown = text(client.get(f"{LIST}{batch.pk}/change/"))
        assert "500 codes for “Brush”, each good once, at most 2 per member" in shown
        assert "Ready" in shown

    def test_follows_one_that_is_being_made(
        self, client: Client, sign_in: SignIn, brush: Reward
    ) -> None:
        sign_in("marketer")
        batch = a_batch(brush, state="MAKING", made=120)
        page = f"{LIST}{batch.pk}/change/"
        assert "120 of 500" in text(client.get(page))
        VoucherBatch.objects.update(state="READY", made=500)
        assert client.get(page, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


class TestUploading:
    @pytest.fixture
    def upload(self, client: Client, sign_in: SignIn, brush: Reward) -> Callable[..., Any]:
        sign_in("marketer")

        def upload(lines: str, **changes: str) -> Any:
            said = {
                "name_nl": "Folder",
                "name_en": "Flyer",
                "reward": str(brush.pk),
                "wanted": "",
                "max_uses": "1",
                "limit_per_member": "",
                "starts_on": "2026-11-01",
                "ends_on": "2099-12-31",
                "file": SimpleUploadedFile("codes.csv", lines.encode(), "text/csv"),
            }
            return client.post(f"{LIST}add/", {**said, **changes}, follow=True)

        return upload

    def test_takes_the_first_column_in(self, upload: Callable[..., Any]) -> None:
        shown = text(upload(f"code;shop\n{STRONG};x\n\n{STRONG[::-1]};x\n"))
        batch = VoucherBatch.objects.get()
        assert (batch.origin, batch.state, batch.made) == ("UPLOADED", "READY", 2)
        assert "Made: “Flyer”." in shown
        assert STRONG not in shown

    def test_names_every_wrong_row_as_the_file_counts_them(
        self, upload: Callable[..., Any]
    ) -> None:
        upload(f"{STRONG}\n")
        again = f"code\n{STRONG[::-1]}\n\nabc\n{STRONG}\n{STRONG[::-1].lower()}\n"
        said = upload(again).context["form"].errors["file"]
        assert said == [
            "Nothing was added.",
            "Row 4 is not a code: those have 6 to 60 signs.",
            "Row 5 is in use already.",
            "Row 6 is there twice.",
        ]
        assert VoucherBatch.objects.count() == 1

    def test_names_twenty_at_most(self, upload: Callable[..., Any]) -> None:
        said = upload("abc\n" * 23).context["form"].errors["file"]
        assert (len(said), said[-1]) == (22, "And 3 more.")

    def test_refuses_codes_that_could_be_guessed(self, upload: Callable[..., Any]) -> None:
        answer = upload("SAVE10\n")
        assert "could be guessed" in str(answer.context["form"].errors)
        assert not VoucherBatch.objects.exists()


class TestDeeds:
    def test_codes_are_made_taken_out_and_withdrawn(
        self, client: Client, sign_in: SignIn, brush: Reward
    ) -> None:
        sign_in("marketer")
        said = {
            "name_nl": "Folder",
            "name_en": "Flyer",
            "reward": str(brush.pk),
            "wanted": "3",
            "max_uses": "1",
            "limit_per_member": "",
            "starts_on": "2026-11-01",
            "ends_on": "2099-12-31",
        }
        client.post(f"{LIST}add/", said)
        batch = VoucherBatch.objects.get()
        assert (batch.key, batch.state, batch.made) == ("flyer", "READY", 3)

        lines = client.post(f"{LIST}{batch.pk}/codes/").getvalue().decode().split()
        assert len(set(lines)) == 4
        assert LogEntry.objects.get().change_message == "Codes taken out"
        page = text(client.get(f"{LIST}{batch.pk}/withdraw/"))
        assert "3 of its codes could still be used" in page
        client.post(f"{LIST}{batch.pk}/withdraw/")
        batch.refresh_from_db()
        assert batch.state == "WITHDRAWN"

    def test_finance_takes_none_out(self, client: Client, sign_in: SignIn, brush: Reward) -> None:
        sign_in("finance")
        batch = a_batch(brush)
        assert client.post(f"{LIST}{batch.pk}/codes/").status_code == 403
        assert client.post(f"{LIST}{batch.pk}/withdraw/").status_code == 403
        assert client.get(f"{LIST}add/").status_code == 403
        batch.refresh_from_db()
        assert batch.state == "READY"
