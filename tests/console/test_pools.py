"""Code pools: filled by file, all of it or nothing, with what is left of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from members.models import Membership
from rewards.models import CodePool, PoolCode
from tests.console.rewarding import a_reward, taken
from tests.console.rules import text

LIST = "/console/rewards/codepool/"
SignIn = Callable[..., Any]


@pytest.fixture
def pool(programme: Programme) -> CodePool:
    return CodePool.objects.create(programme=programme, key="cinema", name="Cinema", low_at=2)


def fill(client: Client, pool: CodePool, lines: str | bytes, **changes: str) -> Any:
    content = lines if isinstance(lines, bytes) else lines.encode()
    file = SimpleUploadedFile("codes.csv", content, "text/csv")
    return client.post(
        f"{LIST}{pool.pk}/fill/", {"file": file, "ends_on": "", **changes}, follow=True
    )


class TestFilling:
    def test_takes_the_first_column_and_the_same_file_once(
        self, client: Client, sign_in: SignIn, pool: CodePool
    ) -> None:
        sign_in("marketer")
        lines = "code;film\nAAAA-1;x\nAAAA-2;x\nAAAA-3;x\n\n"

        first = text(fill(client, pool, lines, ends_on="2099-12-31"))
        again = text(fill(client, pool, lines))

        assert "3 codes were added." in first
        assert "3 codes are left; 0 were handed out." in first
        assert "0 codes were added. 3 were there already." in again
        assert pool.codes.count() == 3
        assert "AAAA-1" not in first
        assert LogEntry.objects.filter(change_message="+3").count() == 1
        assert pool.codes.first().expires_at is not None

    @pytest.mark.parametrize(
        ("lines", "said"),
        [
            ("AAAA-1\nabc\n", "Code 2 has 3 characters."),
            ("", "empty"),
            ("code\n", "There are no codes in it."),
            (b"\xff\xfe\x00", "This is no file of text."),
            ("A" * 61, "Code 1 has 61 characters."),
        ],
    )
    def test_adds_nothing_of_a_file_with_a_wrong_line(
        self, client: Client, sign_in: SignIn, pool: CodePool, lines: str | bytes, said: str
    ) -> None:
        sign_in("marketer")
        answer = fill(client, pool, lines)
        assert said in str(answer.context["form"].errors)
        assert not PoolCode.objects.exists()

    @pytest.mark.parametrize("role", ["service desk", "finance"])
    def test_is_the_marketers(
        self, client: Client, sign_in: SignIn, pool: CodePool, role: str
    ) -> None:
        sign_in(role)
        assert fill(client, pool, "AAAA-1\n").status_code == 403
        assert not PoolCode.objects.exists()


class TestThePool:
    def test_says_when_few_are_left_and_what_lapsed(
        self, client: Client, sign_in: SignIn, pool: CodePool, anna: Membership
    ) -> None:
        sign_in("marketer")
        now = timezone.now()
        reward = a_reward(pool.programme, name_en="Film", kind="PARTNER", terms={"pool": "cinema"})
        for number, expires_at, redemption in (
            (1, now + timedelta(days=9), None),
            (2, now - timedelta(days=1), None),
            (3, None, taken(anna, reward)),
        ):
            PoolCode.objects.create(
                pool=pool,
                digest=f"{number}",
                sealed_code=b"",
                expires_at=expires_at,
                redemption=redemption,
            )

        shown = text(client.get(f"{LIST}{pool.pk}/change/"))

        assert "One code is left; 1 were handed out." in shown
        assert "1 lapsed before anybody took them." in shown
        assert "Nearly empty" in shown
        assert "Film" in shown

    def test_is_made_with_a_key_that_stays(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        client.post(f"{LIST}add/", {"name": "Zoo", "low_at": "10"})
        made = CodePool.objects.get()
        client.post(f"{LIST}{made.pk}/change/", {"name": "Animals", "low_at": "5"})
        made.refresh_from_db()
        assert (made.key, made.name, made.low_at) == ("zoo", "Animals", 5)

    def test_the_list_costs_few_queries(
        self,
        client: Client,
        sign_in: SignIn,
        programme: Programme,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("finance")
        for number in range(5):
            CodePool.objects.create(programme=programme, key=f"p{number}", name=f"Pool {number}")
        with django_assert_max_num_queries(10):
            shown = text(client.get(LIST))
        assert "Pool 4" in shown
        assert "Empty" in shown
