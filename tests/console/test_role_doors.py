"""Who comes in where in the console: every address by every role, against a list that is read.

A new address, or another right, changes the list. The test writes what it saw beside it, as
role_doors.new: compare the two, and put the new one in the place of the old when it is right.

"desk?" came through to where there was nothing by that id; "-" is nobody. Addresses that end in
<path:object_id>/ only lead on to change/.
"""

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from config.roles import ROLES
from loyalty.models import Programme
from members.models import Membership, User
from tests.console.conftest import Buy
from tests.house.doors import everything_kept, filled, routes

LIST = Path(__file__).parent / "role_doors.txt"
NONE = 0  # no row has this number, however far the sequences are
NOBODY = "00000000-0000-4000-8000-000000000000"
ENDS = {"console/logout/"}  # the door out
STAFF = ["", *sorted(ROLES)]
SHORT = {
    "": "none", "administrator": "admin", "cashier": "cashier", "finance": "finance",
    "marketer": "marketer", "service desk": "desk",
}  # fmt: skip
NOTHING = 404
REFUSED = {403, NOTHING}
FREE = ("console/login/", "console/jsi18n/")
CHANGES = {  # writes a line of who looked, and nothing else
    "public.members_memberlook",
}


@pytest.fixture
def addresses(
    browsers: dict[str, Client], anna: Membership, buy: Buy, programme: Programme
) -> dict[str, str]:
    """Every address with something real in it where there is such a thing."""
    buy()
    return {
        route: filled(route, parts_of(route, anna))
        for route in routes("console/")
        if route not in ENDS and "(?P<url>" not in route
    }


def parts_of(route: str, anna: Membership) -> dict[str, object]:
    return {
        "r/<path:content_type_id>/<path:object_id>": "r/0/0",
        "<path:object_id>": first_of(route, anna),
        "<uuid:member_id>": anna.member_id,
        "<uuid:kept_id>": anna.member_id,
        "<uuid:absorbed_id>": NOBODY,
        "<uuid:merge_id>": NOBODY,
        "<uuid:import_id>": NOBODY,
        "<uuid:pk>": NOBODY,
        "<uuid:redemption_id>": NOBODY,
        "<int:delivery_id>": NONE,
        "<int:till_id>": NONE,
        "<int:pool_id>": NONE,
        "<int:batch_id>": NONE,
        "<int:pk>": anna.member.identifiers.first().pk,
        "<int:link_id>": NONE,
        "<int:segment_id>": NONE,
        "<int:campaign_id>": NONE,
        "<int:note_id>": NONE,
        "<int:rule_id>": NONE,
        "<int:key_id>": NONE,
        "<int:lot_id>": NONE,
        "<int:transfer_id>": NONE,
        "<int:assignment_id>": NONE,
        "<int:reward_id>": NONE,
        "<int:object_id>": NONE,
        "<int:test_id>": NONE,
        "<str:kind>": "svg",
        "<str:field>": "birthday",
        "(?P<app_label>loyalty|members|rewards|campaigns)": "loyalty",
        "^": "",
        "$": "",
    }


def first_of(route: str, anna: Membership) -> object:
    """One of what the address is about; 0 is the id of nothing, whatever was tested before."""
    _console, app, *more = route.split("/")
    if "<path:object_id>" not in route or app == "r":
        return NONE
    model = more[0]
    if (app, model) == ("members", "member"):
        return anna.member_id
    found = apps.get_model(app, model)._default_manager.order_by("pk").first()
    return found.pk if found else NONE


def comes_in(answer: Any) -> bool:
    """Neither refused, nor sent back to the door, nor told that there is nothing."""
    to = answer.headers.get("Location", "")
    return answer.status_code not in REFUSED and not to.startswith("/console/login/")


def who_comes_in(address: str, browsers: dict[str, Client]) -> str:
    answers = {SHORT[role]: browsers[role].get(address) for role in STAFF}
    said = [
        who if comes_in(answer) else f"{who}?"
        for who, answer in answers.items()
        if comes_in(answer) or answer.status_code == NOTHING
    ]
    return " ".join(said) or "-"


@pytest.fixture
def browsers(sign_in: Any, client: Client) -> dict[str, Client]:
    found = {}
    for role in STAFF:
        user = sign_in(role)
        found[role] = Client(raise_request_exception=False)
        found[role].force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    client.logout()
    return found


def seen(addresses: dict[str, str], browsers: dict[str, Client]) -> list[str]:
    width = max(map(len, addresses))
    return [f"{route:<{width}}  {who_comes_in(at, browsers)}" for route, at in addresses.items()]


class TestRoles:
    def test_open_the_doors_that_are_on_the_list_and_change_nothing_by_looking(
        self, addresses: dict[str, str], browsers: dict[str, Client]
    ) -> None:
        before = everything_kept()

        now = seen(addresses, browsers)

        after = everything_kept()
        changed = {table for table in after if after[table] != before.get(table)}
        written, new = LIST.read_text().splitlines(), LIST.with_suffix(".new")
        if now != written:
            new.write_text("\n".join(now) + "\n")
        assert now == written, f"compare with {new.name}"
        assert changed <= CHANGES

    @pytest.mark.parametrize("who", ["stranger", "member"])
    def test_nobody_else_comes_in_anywhere(
        self, addresses: dict[str, str], anna: Membership, who: str
    ) -> None:
        browser = Client(raise_request_exception=False)
        if who == "member":
            anna.member.user = User.objects.create_user("anna@example.nl")
            anna.member.save()
            browser.force_login(
                anna.member.user, "allauth.account.auth_backends.AuthenticationBackend"
            )
        before = everything_kept()

        inside = [
            (method, route)
            for route, address in addresses.items()
            if route not in FREE
            for method in ("get", "post")
            if comes_in(getattr(browser, method)(address))
        ]

        assert inside == []
        assert everything_kept() == before

    def test_would_show_a_right_too_many(
        self,
        addresses: dict[str, str],
        browsers: dict[str, Client],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("members.models.User.has_perm", lambda *_: True)
        cashier = dict.fromkeys(STAFF, browsers["cashier"])
        route = "console/loyalty/apiclient/"

        now = seen({route: addresses[route]}, cashier)

        assert "admin cashier" in now[0]
