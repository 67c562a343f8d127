"""What went wrong with members elsewhere: receipts out of the bin, twins, questions too many."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from loyalty.models import Account, ApiClient
from members.models import (
    Activity,
    ClaimAttempt,
    Consent,
    DuplicateCandidate,
    GuestSale,
    Identifier,
    Member,
    Membership,
    User,
)
from members.services.duplicates import find_duplicates
from members.services.sign_in_clients import register_sign_in_client
from tests.api.conftest import Till, till_of
from tests.api.test_activities import purchase
from tests.api.test_guests import sale
from tests.portal.test_claiming import typed
from tests.portal.test_signing_in import join
from tests.portal.webshop import BACK, Webshop, bearer
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.django_db
ANNA, BO = "anna@example.nl", "bo@example.nl"
INVITED = {
    "schema": 2,
    "trigger": "referral",
    "effects": [{"kind": "fixed", "points": 250}],
    "terms": {"awaits": "delivered"},
}


@pytest.fixture(autouse=True)
def _outbox() -> None:
    mail.outbox.clear()


@pytest.fixture
def shop(plain_shop: Shop) -> Shop:
    return plain_shop


@pytest.fixture
def till(shop: Shop) -> Till:
    return till_of(shop)


def browser_of(email: str) -> Client:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(User.objects.get(email=email))
    return browser


def joined(email: str) -> Client:
    """Somebody joins in the portal, by the code from the mail."""
    browser = Client(headers={"Accept-Language": "en"})
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    join(browser, email)
    mail.outbox.clear()
    return browser


def enrol(till: Till, key: str, *identifiers: str, **said: Any) -> Any:
    body = {"identifiers": list(identifiers), **said}
    return till.post("members", body, **{"Idempotency-Key": key})


def points_of(email: str) -> int:
    membership = Membership.objects.get(member__user__email=email)
    return Account.objects.get(holder=membership.holder, kind="MEMBER").balance


class TestReceiptsOutOfTheBin:
    """Points claimed with other people's receipts (Woolworths; K27)."""

    def test_given_a_claimed_receipt_when_a_second_member_claims_it_then_it_is_refused(self, till):
        till.post("guest-sales", sale())
        receipt = GuestSale.objects.get()
        anna, bo = joined(ANNA), joined(BO)
        anna.post("/claim/", typed(receipt, amount="30,00"))

        refused = bo.post("/claim/", typed(receipt, amount="30,00"))

        assert "added already" in refused.text
        assert (points_of(ANNA), points_of(BO)) == (30, 0)

    def test_given_a_receipt_of_last_season_when_it_is_claimed_then_it_is_too_late(self, till):
        till.post("guest-sales", sale())
        receipt = GuestSale.objects.get()
        GuestSale.objects.update(claimable_until=timezone.now() - timedelta(seconds=1))
        bo = joined(BO)

        refused = bo.post("/claim/", typed(receipt, amount="30,00"))

        assert "too old" in refused.text
        assert points_of(BO) == 0

    def test_given_guesses_when_they_go_on_then_even_the_right_one_waits(self, till):
        till.post("guest-sales", sale())
        receipt = GuestSale.objects.get()
        bo = joined(BO)
        for guess in range(5):
            bo.post("/claim/", typed(receipt, receipt=f"47{guess}", amount="30,00"))

        refused = bo.post("/claim/", typed(receipt, amount="30,00"))

        assert "tried often enough" in refused.text
        assert (ClaimAttempt.objects.count(), points_of(BO)) == (5, 0)

    def test_given_a_code_that_no_till_signed_when_it_is_opened_then_nothing_is_found(self, till):
        link = (
            till.post("guest-sales", sale()).json()["claim_url"].removeprefix("http://testserver")
        )
        bo = joined(BO)
        forged = link.replace(link.split("/")[2], str(GuestSale.objects.get().pk))

        assert bo.post(f"{link[:-2]}x/").status_code == 404
        assert bo.post(forged).status_code == 404
        assert points_of(BO) == 0
        assert bo.post(link).status_code == 302
        assert points_of(BO) == 30


class TestReferringOneself:
    """A second account of one's own brings in the first (lantern 4763, babylon 197; K28)."""

    def test_given_an_own_second_account_then_nothing_is_usable_until_a_purchase_is_kept(
        self, shop, till
    ):
        shop.publish("invite", INVITED)
        told = purchase(type="referral", external_id="ref-1", lines=...)
        referral = till.post("activities", told).json()
        path = f"members/{shop.anna.member_id}"
        before = till.get(path).json()["balance"]

        till.post(
            f"activities/{referral['id']}/fulfilment",
            {"event": "delivered", "occurred_at": timezone.now().isoformat()},
        )

        after = till.get(path).json()["balance"]
        assert (before["points"], before["pending"]) == (0, 250)
        assert (after["points"], after["pending"]) == (250, 0)

    @pytest.mark.parametrize("second", ["anna+2@example.nl", "A.nna@example.nl"])
    def test_given_an_own_second_address_then_the_two_are_flagged(self, shop, till, second):
        other = enrol(till, "k-1", f"email:{second}").json()["id"]

        find_duplicates(programme_id=shop.programme.pk, at=timezone.now())

        found = DuplicateCandidate.objects.get()
        assert {str(found.first_id), str(found.second_id)} == {other, str(shop.anna.member_id)}
        assert found.state == "OPEN"


class TestOneAddressTwice:
    """Two registrations with one telephone or address (OL 3.0, 3.1, 2.10; K29). Those at the very
    same moment are in tests/concurrency/test_enrolment.py."""

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("email:bo@example.nl", "email:BO@Example.NL"),
            ("phone:06 12 34 56 78", "phone:+31612345678"),
            ("phone:0031612345678", "phone:06-12345678"),
        ],
    )
    def test_given_another_way_to_write_it_then_there_is_one_member(self, till, first, second):
        bo = enrol(till, "k-1", first).json()["id"]

        strict = enrol(till, "k-2", second)
        found = enrol(till, "k-3", second, if_known="return")

        assert (strict.status_code, strict.json()["code"]) == (409, "identifier_taken")
        assert found.json() == {"id": bo, "is_known": True}
        assert Member.objects.count() == 2  # Anna is the other

    def test_given_a_member_of_the_till_when_they_join_in_capitals_then_they_are_that_one(
        self, till
    ):
        bo = enrol(till, "k-1", "email:bo@example.nl", given_name="Bo").json()["id"]

        joined("BO@Example.nl")

        assert str(Membership.objects.get(member__user__email=BO).member_id) == bo
        assert Identifier.objects.filter(value=BO).count() == 1


class TestPartialUpdate:
    """Labels and consents that were not sent are gone (OL 3.1; K30)."""

    def test_given_consents_when_a_name_alone_is_sent_then_all_else_stays(self, till):
        said = [{"purpose": "OFFERS", "is_given": True, "text_version": "3"}]
        bo = enrol(
            till, "k-1", "email:bo@example.nl", "ext:crm:7", "phone:0612345678",
            given_name="Bo", family_name="Bos", consents=said, campaign="autumn",
        ).json()["id"]  # fmt: skip
        before = till.get(f"members/{bo}").json()

        after = till.patch(f"members/{bo}", {"given_name": "Bob"}).json()

        assert after == before | {"given_name": "Bob"}
        assert Consent.objects.get().is_given
        assert Membership.objects.get(member_id=bo).joined_campaign == "autumn"

    def test_given_an_empty_update_then_nothing_at_all_changes(self, shop, till):
        before = till.get(f"members/{shop.anna.member_id}").json()

        till.patch(f"members/{shop.anna.member_id}", {})

        assert till.get(f"members/{shop.anna.member_id}").json() == before


class TestAskingTooMuch:
    """A member's answer has the shop's own fields in it (OL 2017, c7ef664), and filters are put
    into SQL (OL 2.3; K31)."""

    def test_given_a_members_token_then_the_answer_has_the_members_fields_and_no_more(self, shop):
        browser = joined(BO)
        app, secret = register_sign_in_client(
            name="Verfwinkel", redirect_uris=[BACK], scopes=["profile", "loyalty"], is_public=False
        )
        token = Webshop(app, secret, browser).tokens(scope="openid profile loyalty")["access_token"]

        said = Client().get("/api/v1/me", **bearer(token)).json()

        assert set(said) == MEMBERS_OWN

    @pytest.mark.parametrize(
        "hostile",
        [
            "' OR '1'='1",
            "x'; DROP TABLE members_member; --",
            "\\",
            "%",
            "_",
            "\u0000",
            "1) OR (1=1",
        ],
    )
    def test_given_hostile_filters_then_nobody_is_found_and_nothing_breaks(
        self, shop, till, hostile
    ):
        asked = Client(headers={"Authorization": f"Bearer {till.key}"})
        answers = [
            asked.get("/api/v1/members", {"identifier": f"{kind}{hostile}"})
            for kind in ("", "email:", "card:", "ext:crm:", "phone:")
        ]
        member = f"/api/v1/members/{shop.anna.member_id}"
        answers += [
            asked.get(f"{member}/{page}", {"after": hostile}) for page in ("statement", "timeline")
        ]

        assert {answer.status_code for answer in answers} <= {400, 404}
        assert Member.objects.count() == 1


class TestShopAndTill:
    """The same member in shop and till has two accounts (Odoo 145782; K35)."""

    def test_given_a_purchase_at_each_then_there_is_one_loyalty_account(self, shop, till):
        webshop = till_of(shop, "webshop")
        bo = enrol(till, "k-1", "email:bo@example.nl", "card:2990000000026").json()["id"]
        again = enrol(webshop, "k-2", "email:BO@example.nl", if_known="return").json()["id"]
        joined(BO)

        till.post("activities", purchase(member="card:2990000000026", external_id="t-1"))
        online = purchase(member="email:Bo@example.nl", external_id="w-1", source="webshop")
        webshop.post("activities", online)

        membership = Membership.objects.get(member__user__email=BO)
        account = Account.objects.get(holder=membership.holder, kind="MEMBER")
        assert str(membership.member_id) == again == bo
        assert Activity.objects.filter(membership=membership).count() == 2
        assert account.balance == sum(Activity.objects.values_list("points", flat=True)) > 0
        assert ApiClient.objects.count() == 2


MEMBERS_OWN = {
    "id", "given_name", "family_name", "language", "identifiers", "joined_at", "balance",
    "tiers",
}  # fmt: skip
