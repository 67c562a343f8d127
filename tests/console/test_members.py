from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme, Transfer
from loyalty.services.adjustments import adjust_points
from loyalty.services.rules import draft_rule, publish_rule
from members.models import Membership
from members.selectors import account_of
from members.services.enrolment import enrol_member
from tests.console.conftest import NOON, Buy

LIST = "/console/members/member/"


def page(anna: Membership, tab: str = "") -> str:
    return f"{LIST}{anna.member_id}/change/" + (f"?tab={tab}" if tab else "")


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def purchase(programme: Programme, anna: Membership, buy: Buy) -> Any:
    rule = draft_rule(
        programme_id=programme.pk,
        key="base",
        name_nl="Basis",
        name_en="Base",
        document={
            "schema": 1,
            "trigger": "purchase",
            "effect": {"kind": "per_amount", "points": 1, "per": "1.00"},
        },
        actor="staff:1",
        at=NOON,
    )
    publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
    return buy("1250.00")


class TestFinding:
    @pytest.mark.parametrize(
        "said",
        [
            "anna",
            "vries anna",
            "Anna@Example.NL",
            "2990000000019",
            "2990 0000 00019",
            "2990-0000",
        ],
    )
    def test_a_member_is_found_by_whatever_is_said(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        programme: Programme,
        anna: Membership,
        said: str,
    ) -> None:
        enrol_member(
            programme_id=programme.pk,
            identifiers=["email:bob@example.nl"],
            given_name="Bob",
            family_name="Bakker",
            touchpoint="api",
            actor="api:till",
            at=NOON,
        )
        sign_in("marketer")
        found = text(client.get(LIST, {"q": said}))
        assert "Anna de Vries" in found
        assert "Bob" not in found

    def test_the_list_shows_balances_in_few_queries(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        programme: Programme,
        purchase: Any,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        for number in range(10):
            enrol_member(
                programme_id=programme.pk,
                identifiers=[f"email:member{number}@example.nl"],
                touchpoint="api",
                actor="api:till",
                at=NOON,
            )
        with django_assert_max_num_queries(15):
            shown = text(client.get(LIST))
        assert "1,250" in shown
        assert "2990 0000 00019" in shown


class TestTheStory:
    def test_opens_with_a_sentence_and_says_why(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, purchase: Any
    ) -> None:
        sign_in("marketer")
        shown = text(client.get(page(anna)))
        assert "Anna de Vries has been a member since 24 August 2026" in shown
        assert "1,250 points, worth €12.50" in shown
        assert "1 point per euro: 1,250 points" in shown
        assert "+1,250" in shown

    def test_says_why_in_dutch(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, purchase: Any
    ) -> None:
        sign_in("marketer")
        client.cookies["django_language"] = "nl"
        assert "1 punt per euro: 1.250 punten" in text(client.get(page(anna)))

    @pytest.mark.parametrize(
        ("tab", "expected"),
        [
            ("activities", "emulsion"),
            ("redemptions", "Nothing redeemed yet."),
            ("consents", "This member has consented to nothing"),
            ("story", "Nothing has been told yet."),
        ],
    )
    @pytest.mark.usefixtures("purchase")
    def test_has_its_parts(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        tab: str,
        expected: str,
    ) -> None:
        sign_in("marketer")
        assert expected in text(client.get(page(anna, tab)))

    def test_an_activity_tells_every_rule_and_its_lines(
        self, client: Client, sign_in: Callable[..., Any], purchase: Any
    ) -> None:
        sign_in("marketer")
        shown = text(client.get(f"/console/members/activity/{purchase.id}/change/"))
        assert "1 point per euro: 1,250 points" in shown
        assert "emulsion" in shown

    def test_an_activity_is_found_by_the_number_of_the_receipt(
        self, client: Client, sign_in: Callable[..., Any], purchase: Any
    ) -> None:
        sign_in("marketer")
        found = "/console/members/activity/"
        assert "Anna de Vries" in text(client.get(found, {"q": " 4711 "}))
        assert "Anna de Vries" not in text(client.get(found, {"q": "471"}))

    @pytest.mark.usefixtures("purchase")
    def test_costs_few_queries(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        buy: Buy,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        for number in range(10):
            buy("10.00", receipt=f"r{number}")
        client.get(page(anna))
        for tab in ("statement", "activities", "redemptions", "consents", "story"):
            with django_assert_max_num_queries(30):
                client.get(page(anna, tab))

    def test_is_not_for_finance_nor_for_nobody(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        assert client.get(page(anna)).status_code == 302
        sign_in("finance")
        assert client.get(page(anna)).status_code == 403
        assert client.get(LIST).status_code == 403


class TestCorrecting:
    def correct(self, client: Client, anna: Membership, **said: Any) -> Any:
        asked = {"points": "50", "reason": "Paint was late", "key": "k1", **said}
        return client.post(f"{LIST}{anna.member_id}/correct/", asked, follow=True)

    def test_the_service_desk_gives_points_for_a_reason(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        user = sign_in("service desk")
        done = text(self.correct(client, anna))
        assert "Corrected: the balance is now 50 points." in done
        assert "Paint was late" in done
        transfer = Transfer.objects.get()
        assert (transfer.kind, transfer.points, transfer.actor) == (
            "ADJUST",
            50,
            f"staff:{user.pk}",
        )

    def test_sending_the_form_twice_corrects_once(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("service desk")
        self.correct(client, anna)
        self.correct(client, anna)
        assert Transfer.objects.count() == 1

    def test_more_than_there_is_is_refused_beside_the_field(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("service desk")
        done = self.correct(client, anna, points="-50")
        assert done.status_code == 200
        assert "fewer than 50 usable points" in text(done)
        assert not Transfer.objects.exists()

    def test_a_marketer_may_not(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("marketer")
        assert self.correct(client, anna).status_code == 403
        assert not Transfer.objects.exists()
        assert "Correct points" not in text(client.get(page(anna)))


def test_a_correction_stands_in_the_statement(
    client: Client, sign_in: Callable[..., Any], anna: Membership
) -> None:
    adjust_points(
        account_id=account_of(anna), points=20, reason="Sorry", actor="staff:1", at=NOON, key="a"
    )
    sign_in("marketer")
    shown = text(client.get(page(anna)))
    assert "Corrected" in shown
    assert "Sorry" in shown
