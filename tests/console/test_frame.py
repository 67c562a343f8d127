"""Signing in, the menu, the overview, the settings, and what every page has in common."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from config.roles import ROLES, ensure_roles
from loyalty.models import (
    ApiClient,
    ApiKey,
    Category,
    Configuration,
    Programme,
    RuleSet,
    Unit,
)
from members.models import Membership, User
from tests.console.conftest import NOON, PASSWORD, Buy

HOME = "/console/"
LOGIN = "/console/login/"
LISTS = [
    "/console/members/member/",
    "/console/members/activity/",
    "/console/members/user/",
    "/console/loyalty/earningrule/",
    "/console/loyalty/tierset/",
    "/console/loyalty/transfer/",
    "/console/loyalty/backtest/",
    "/console/loyalty/budget/",
    "/console/loyalty/category/",
    "/console/loyalty/location/",
    "/console/loyalty/apiclient/",
    "/console/rewards/reward/",
    "/console/rewards/redemption/",
]


def text(response: Any) -> str:
    return str(response.content.decode())


class TestSigningIn:
    def sign_in(self, client: Client, email: str, password: str = PASSWORD) -> Any:
        return client.post(LOGIN, {"username": email, "password": password, "next": HOME})

    def test_staff_comes_in_with_e_mail_and_password(
        self, client: Client, programme: Programme
    ) -> None:
        User.objects.create_user("jane@shop.nl", PASSWORD, is_staff=True)
        assert self.sign_in(client, "Jane@shop.nl").status_code == 302
        assert client.get(HOME).status_code == 200

    @pytest.mark.parametrize(
        ("fields", "password"),
        [
            ({"is_staff": True}, "wrong"),
            ({}, PASSWORD),
            ({"is_staff": True, "is_active": False}, PASSWORD),
        ],
    )
    def test_all_others_are_refused_in_the_same_words(
        self, client: Client, programme: Programme, fields: dict[str, bool], password: str
    ) -> None:
        User.objects.create_user("jane@shop.nl", PASSWORD, **fields)
        refused = self.sign_in(client, "jane@shop.nl", password)
        assert "do not open the console" in text(refused)
        assert client.get(HOME).status_code == 302


class TestTheMenu:
    def test_has_the_words_of_the_trade_and_no_packages(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("administrator")
        client.cookies["django_language"] = "nl"
        shown = text(client.get(HOME))
        for word in ("Overzicht", "Leden", "Verdienen", "Beloningen", "Inzicht", "Instellingen"):
            assert f"<span>{word}</span>" in shown or f"{word}\n" in shown
        for word in ("allauth", "Groups", "Social", "Sites", "Celery", "Auth"):
            assert word not in shown

    def test_shows_a_marketer_no_ledger_and_no_colleagues(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        shown = text(client.get(HOME))
        assert "Earning" in shown
        assert "Ledger" not in shown
        assert "Colleagues" not in shown

    def test_there_are_no_pages_of_packages(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("administrator")
        for address in ("/console/auth/group/", "/console/socialaccount/socialapp/"):
            assert client.get(address).status_code == 404
        assert client.get("/console/loyalty/").headers["Location"] == HOME


class TestTheOverview:
    def test_teaches_when_nothing_has_happened(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        assert "First publish an earning rule." in text(client.get(HOME))

    def test_counts_members_and_points(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("marketer")
        tiles = {tile.title: tile.figure for tile in client.get(HOME).context["tiles"]}
        assert tiles == {
            "Members": "1",
            "Active members": "0",
            "Points issued": "0",
            "Points redeemed": "0",
            "Points outstanding": "0",
        }

    def test_costs_few_queries(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        with django_assert_max_num_queries(18):
            client.get(HOME)
        with django_assert_max_num_queries(9):
            client.get(HOME)


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_list_opens_empty_in_both_languages_within_ten_queries(
    client: Client,
    sign_in: Callable[..., Any],
    django_assert_max_num_queries: DjangoAssertNumQueries,
    address: str,
    language: str,
) -> None:
    sign_in("administrator")
    client.cookies["django_language"] = language
    with django_assert_max_num_queries(10):
        assert client.get(address).status_code == 200


def test_the_ledger_is_read_only_and_costs_few_queries(
    client: Client,
    sign_in: Callable[..., Any],
    anna: Membership,
    buy: Buy,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    from loyalty.models import Transfer
    from loyalty.services.adjustments import adjust_points
    from members.selectors import account_of
    from tests.console.conftest import NOON

    for number in range(8):
        adjust_points(
            account_id=account_of(anna),
            points=5,
            reason="Because",
            actor="staff:1",
            at=NOON,
            key=str(number),
        )
    sign_in("finance")
    with django_assert_max_num_queries(10):
        assert "Corrections" in text(client.get("/console/loyalty/transfer/"))
    transfer = Transfer.objects.earliest("pk")
    page = f"/console/loyalty/transfer/{transfer.pk}/change/"
    assert "Because" in text(client.get(page))
    assert client.post(page, {"points": "99"}).status_code == 403
    assert client.get("/console/loyalty/transfer/add/").status_code == 403


class TestSettings:
    def test_the_menu_leads_straight_to_the_one_programme(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        sign_in("finance")
        page = f"/console/loyalty/programme/{programme.pk}/change/"
        assert client.get("/console/loyalty/programme/").headers["Location"] == page
        assert client.get(page).status_code == 200
        assert client.post(page, {"name": "Mine"}).status_code == 403

    def test_history_tells_who_changed_what(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        sign_in("marketer")
        said = {"key": "stain", "name_nl": "Beits", "name_en": "Stain"}
        client.post("/console/loyalty/category/add/", said)
        stain = Category.objects.get(key="stain")
        page = f"/console/loyalty/category/{stain.pk}"
        client.post(f"{page}/change/", {**said, "name_nl": "Tuinbeits"})
        history = text(client.get(f"{page}/history/"))
        assert "marketer@shop.nl" in history
        assert "Changed Name in Dutch." in history

    def test_policies_are_changed_and_the_configuration_moves(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        sign_in("administrator")
        before = Configuration.objects.get().version
        said = {
            "name": "Kleur & Zo",
            "point_worth": "0.0125",
            "expiry_kind": "end_of",
            "expiry_period": "year",
            "expiry_after": "1",
            "earns_on_delivery": "on",
            "return_policy": "WRITE_OFF",
            "goodwill_days": "7",
            "transfer_limit": "500",
            "rounding": "HALF_UP",
            "brand_colour": "#123456",
            "accent_colour": "#654321",
            "claim_days": "14",
        }
        client.post(f"/console/loyalty/programme/{programme.pk}/change/", said)
        programme.refresh_from_db()
        assert (programme.name, str(programme.point_worth)) == ("Kleur & Zo", "0.0125")
        assert Unit.objects.get().expiry == {"kind": "end_of", "period": "year", "after": 1}
        assert (programme.earns_on_delivery, programme.earns_on_gift_cards) == (True, False)
        assert (programme.return_policy, programme.goodwill_days) == ("WRITE_OFF", 7)
        assert programme.transfer_limit == 500
        assert RuleSet.objects.order_by("-number")[0].document["base"]["delivery"] is True
        assert (programme.rounding, programme.brand_colour) == ("HALF_UP", "#123456")
        assert Configuration.objects.get().version > before

    def test_a_key_is_shown_once_and_opens_nothing_when_revoked(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        sign_in("administrator")
        said = {"name": "webshop", "kind": "WEBSHOP", "scopes": ["members:read", "rewards:read"]}
        client.post("/console/loyalty/apiclient/add/", said)
        connection = ApiClient.objects.get()
        assert connection.scopes == ["members:read", "rewards:read"]
        page = f"/console/loyalty/apiclient/{connection.pk}"
        shown = client.post(f"{page}/new_key/")
        key = shown.context["key"]
        assert key in text(shown)
        assert "no-store" in shown.headers["Cache-Control"]
        assert key not in text(client.get(f"{page}/change/"))
        kept = ApiKey.objects.get()
        client.post(f"/console/loyalty/apiclient/keys/{kept.pk}/revoke/")
        kept.refresh_from_db()
        assert kept.revoked_at is not None

    def test_a_marketer_issues_and_revokes_no_keys(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        connection = ApiClient.objects.create(programme=programme, name="till", kind="TILL")
        sign_in("marketer")
        page = f"/console/loyalty/apiclient/{connection.pk}/new_key/"
        assert client.post(page).status_code == 403
        assert not ApiKey.objects.exists()

    def test_a_category_gets_its_words(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        sign_in("marketer")
        said = {"key": "stain", "name_nl": "Beits", "name_en": "Stain"}
        client.post("/console/loyalty/category/add/", said)
        assert Category.objects.get(key="stain").name_nl == "Beits"
        assert Category.objects.labels()["stain"] == {"nl": "beits", "en": "stain"}

    def test_a_colleague_is_let_in_with_a_role_and_kept_out_again(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("administrator")
        marketer = Group.objects.get(name="marketer")
        said = {"email": "Eva@shop.nl", "groups": [marketer.pk], "password": PASSWORD}
        client.post("/console/members/user/add/", {**said, "is_active": "on"})
        eva = User.objects.get(email="eva@shop.nl")
        assert eva.is_staff
        assert eva.check_password(PASSWORD)
        assert list(eva.groups.all()) == [marketer]
        client.post(f"/console/members/user/{eva.pk}/change/", {"groups": [marketer.pk]})
        eva.refresh_from_db()
        assert not eva.is_active
        assert eva.check_password(PASSWORD)

    def test_a_members_login_cannot_be_opened_as_a_colleague(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        member = User.objects.create_user("anna@example.nl")
        sign_in("administrator")
        assert client.get(f"/console/members/user/{member.pk}/change/").status_code == 302
        marketer = Group.objects.get(name="marketer")
        said = {"email": "anna@example.nl", "groups": [marketer.pk], "password": PASSWORD}
        refused = client.post("/console/members/user/add/", said)
        assert "This address is in use already." in text(refused)
        member.refresh_from_db()
        assert not member.is_staff


class TestRoles:
    def test_are_made_with_exactly_their_rights_however_often(self, db: None) -> None:
        ensure_roles()
        extra = Group.objects.get(name="finance")
        extra.permissions.set(Group.objects.get(name="administrator").permissions.all())
        ensure_roles()
        for name, rights in ROLES.items():
            group = Group.objects.get(name=name)
            held = group.permissions.values_list("content_type__app_label", "codename")
            assert {f"{app}.{codename}" for app, codename in held} == rights


class TestPolicy:
    def test_only_the_console_may_evaluate_scripts(
        self, client: Client, programme: Programme
    ) -> None:
        console = client.get(LOGIN).headers["Content-Security-Policy"]
        assert "'unsafe-eval'" in console
        assert "http" not in console
        elsewhere = client.get("/no-such-page").headers["Content-Security-Policy"]
        assert "unsafe" not in elsewhere


def test_a_booking_says_for_which_receipt_and_is_found_by_it(
    client: Client,
    sign_in: Callable[..., Any],
    programme: Programme,
    anna: Membership,
    buy: Buy,
) -> None:
    from loyalty.models import Transfer
    from loyalty.services.rules import publish_rule
    from tests.console.rules import drafted

    base = {
        "schema": 2,
        "trigger": "purchase",
        "effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}],
    }
    rule = drafted(programme, base)
    publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
    buy("50.00", receipt="4711")
    sign_in("finance")
    found = "/console/loyalty/transfer/"
    assert "till 4711" in text(client.get(found, {"q": " 4711 "}))
    assert "till 4711" not in text(client.get(found, {"q": "471"}))
    assert "members/activity/" not in text(client.get(found))
    transfer = Transfer.objects.get()
    assert "till 4711" in text(client.get(f"{found}{transfer.pk}/change/"))
    sign_in("administrator")
    assert "members/activity/" in text(client.get(found))
