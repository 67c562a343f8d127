"""Every address of the portal and of signing in, with somebody else's things in it.

Generated out of the URLconf: an address that is not said here fails the test.
"""

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from config.tasks import show_life
from loyalty.services.relay import hand_on
from members.models import Membership, Message, User
from tests.house.doors import everything_kept, filled, routes
from tests.portal.neighbour import Neighbour, move_in
from tests.portal.shop import Shop

OPEN = """
    livez readyz metrics
    .well-known/jwks.json .well-known/openid-configuration .well-known/trouw-export-key
    rewards/<slug:key>/picture.webp
    brand.css icon.svg icon-<int:size>.png logo.png manifest.webmanifest sw.js till/sw.js till/offline/ offline/
    j/<slug:key>/ join/ join/complete/<str:token>/ language/ help/ i18n/setlang/ demo/mailbox/
    demo/mailbox/<str:file>/<int:number>/
    accounts/login/ accounts/login/code/ accounts/login/code/confirm/ accounts/login/password/
    accounts/signup/ accounts/signup/passkey/ accounts/inactive/ accounts/confirm-email/
    accounts/logout/ accounts/password/reset/ accounts/password/reset/confirm/
    accounts/password/reset/complete/ accounts/password/reset/done/
    accounts/2fa/authenticate/ accounts/2fa/passkeys/login/ accounts/2fa/passkeys/signup/
    accounts/3rdparty/login/cancelled/ accounts/3rdparty/login/error/ accounts/3rdparty/signup/
    accounts/apple/login/ accounts/apple/login/callback/ accounts/apple/login/callback/finish/
    accounts/facebook/login/ accounts/facebook/login/callback/ accounts/facebook/login/token/
    accounts/google/login/ accounts/google/login/callback/ accounts/google/login/token/
    accounts/microsoft/login/ accounts/microsoft/login/callback/
    accounts/oidc/^(?P<provider_id>[^/]+)/login/ accounts/oidc/^(?P<provider_id>[^/]+)/login/callback/
    identity/authorize identity/device identity/device/code identity/logout identity/revoke
    identity/token
    m/<str:token>.gif m/<str:token>/ news/stop/<str:token>/
"""
HOME = [""]  # the landing page to a stranger
BY_LOGIN = """
    card/ card/apple.pkpass card/google/ earn/ statement/ statement.csv
    messages/ messages/<int:message_id>/ messages/read/
    claim/ claim/<str:token>/ rewards/ rewards/<slug:key>/ redemptions/<uuid:redemption_id>/
    rewards/history/ redemptions/<uuid:redemption_id>/cancel/ stamps/ gifts/<uuid:grant_id>/
    vouchers/ vouchers/<uuid:voucher_id>/code/ vouchers/<uuid:voucher_id>/pass.pkpass
    vouchers/<uuid:voucher_id>/google/ card/code/
    me/ me/details/ me/consents/ me/preferences/ me/news/ me/news/push/
    offers/ offers/<slug:key>/ offers/<slug:key>/dismiss/ offers/<slug:key>/restore/
    me/questions/ me/questions/<slug:key>/ me/questions/<slug:key>/later/
    me/questions/<slug:key>/delete/
    me/privacy/ me/privacy/download/ me/privacy/delete/
    me/security/ me/security/sessions/<int:session_id>/end/ me/security/sessions/end/
    me/security/apps/<str:client_id>/leave/
    till/ till/join/ till/join/done/ till/journal/ till/next/ till/pack.json till/sale/
    till/scan/ till/undo/ till/which/
    accounts/2fa/ accounts/2fa/reauthenticate/ accounts/2fa/passkeys/
    accounts/2fa/passkeys/add/ accounts/2fa/passkeys/reauthenticate/
    accounts/2fa/passkeys/<int:pk>/remove/ accounts/2fa/passkeys/<int:pk>/name/
    accounts/2fa/recovery-codes/ accounts/2fa/recovery-codes/download/
    accounts/2fa/recovery-codes/generate/ accounts/2fa/totp/activate/
    accounts/2fa/totp/deactivate/
    accounts/3rdparty/connections/ accounts/email/ accounts/reauthenticate/ accounts/prove/
    accounts/password/change/ accounts/password/set/ accounts/password/remove/
"""
BY_TOKEN = """
    identity/userinfo wallet/apple/v1/log wallet/apple/v1/passes/<str:pass_type>/<uuid:serial>
    wallet/apple/v1/devices/<str:device>/registrations/<str:pass_type>
    wallet/apple/v1/devices/<str:device>/registrations/<str:pass_type>/<uuid:serial>
"""
CLOSED = [*BY_LOGIN.split(), *BY_TOKEN.split()]
HERE = sorted([*OPEN.split(), *HOME, *CLOSED])
SOMEBODYS = [route for route in HERE if "<" in route and "icon-" not in route]
MARKS = re.compile(rb"kanari|geelvink|2990000000026|192\.0\.2\.77", re.IGNORECASE)
# 204: no pass has changed that this device asked for; Apple's protocol wants no key there
REFUSED = {204, 301, 302, 400, 401, 403, 404, 405, 409, 410}
METHODS = ["get", "post", "put", "delete"]


@pytest.fixture
def bo(shop: Shop, now: datetime) -> Neighbour:
    return move_in(shop, now)


@pytest.fixture
def tried(bo: Neighbour, settings: Any) -> dict[str, str]:
    settings.DEMO_MAILBOX = False
    settings.RATELIMIT_ENABLE = False
    return {route: filled(route, bo.parts) for route in HERE}


def said(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content + str(dict(answer.headers)).replace(answer.request["PATH_INFO"], "").encode()


def leaks(client: Client, addresses: dict[str, str]) -> dict[str, list[str]]:
    """Which answers have a word of Bo's in them."""
    found: dict[str, list[str]] = {}
    for route, address in addresses.items():
        for method in METHODS:
            answer = getattr(client, method)(address, headers={"Accept-Language": "en"})
            own = address.encode()
            if hits := MARKS.findall(said(answer).replace(own, b"")):
                found[f"{method} {route}"] = sorted({hit.decode() for hit in hits})
    return found


def signed_in(email: str) -> Client:
    """Anew for each deed: some of them sign out."""
    browser = Client(raise_request_exception=False)
    browser.force_login(
        User.objects.get(email=email), "allauth.account.auth_backends.AuthenticationBackend"
    )
    return browser


class TestTheMatrix:
    def test_has_every_address_of_the_portal_and_of_signing_in_once(self) -> None:
        served = {r for r in routes() if not r.startswith(("api/", "console/"))}

        assert sorted(served) == HERE


@pytest.mark.django_db
class TestStrangers:
    @pytest.mark.parametrize("method", METHODS)
    def test_break_nothing(self, tried: dict[str, str], method: str) -> None:
        # a house with nobody at work says 503 at /readyz, rightly
        show_life()
        hand_on(at=timezone.now())
        stranger = Client(raise_request_exception=False)
        answers = {route: getattr(stranger, method)(at) for route, at in tried.items()}

        assert {r: a.status_code for r, a in answers.items() if a.status_code >= 500} == {}

    def test_learn_nothing_and_change_nothing(self, tried: dict[str, str]) -> None:
        before = everything_kept()
        stranger = Client(raise_request_exception=False)

        assert leaks(stranger, tried) == {}
        assert everything_kept() == before

    def test_come_no_further_than_the_door(self, tried: dict[str, str]) -> None:
        stranger, wrong = Client(raise_request_exception=False), {}
        for route in CLOSED:
            for method in METHODS:
                status = getattr(stranger, method)(tried[route]).status_code
                if status not in REFUSED and route != "wallet/apple/v1/log":  # phones' complaints
                    wrong[f"{method} {route}"] = status

        assert wrong == {}


@pytest.mark.django_db
@pytest.mark.usefixtures("anna")
class TestAnotherMember:
    def test_learns_nothing_of_bo_and_leaves_all_of_bos_as_it_was(
        self, bo: Neighbour, tried: dict[str, str]
    ) -> None:
        before = bo.rows()
        found: dict[str, list[str]] = {}
        for route, address in tried.items():
            if route == "me/privacy/delete/":
                continue  # would end the walk; TestForgetting has it
            found |= leaks(signed_in("anna@example.nl"), {route: address})

        assert found == {}
        assert bo.rows() == before

    @pytest.mark.parametrize("route", SOMEBODYS)
    def test_is_refused_what_is_somebody_elses_and_nothing_changes(
        self, tried: dict[str, str], route: str
    ) -> None:
        anna, before = signed_in("anna@example.nl"), everything_kept()

        answers = [getattr(anna, method)(tried[route]) for method in METHODS]

        allowed = REFUSED | ({200} if route.startswith("j/") else set())
        assert {answer.status_code for answer in answers} <= allowed
        assert everything_kept() == before

    def test_is_refused_what_does_say_something_to_bo(
        self, bo: Neighbour, tried: dict[str, str]
    ) -> None:
        told = leaks(signed_in(bo.user.email), {r: tried[r] for r in ("me/", "messages/")})
        own = {r: tried[r] for r in SOMEBODYS}
        told |= leaks(signed_in(bo.user.email), own)

        assert set(told) >= {
            "get me/",
            "get messages/",
            "get messages/<int:message_id>/",
        }
        redeemed = signed_in(bo.user.email).get(tried["redemptions/<uuid:redemption_id>/"])
        assert redeemed.status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("anna")
class TestTheMatrixItself:
    def test_sees_a_page_that_does_not_ask_whose_it_is(
        self, tried: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def anybodys(*, membership: Membership, message_id: int, at: datetime) -> Any:
            Message.objects.filter(pk=message_id).update(read_at=at)
            return Message.objects.get(pk=message_id)

        monkeypatch.setattr("members.views.messages.read_message", anybodys)
        before = everything_kept()

        route = "messages/<int:message_id>/"
        found = leaks(signed_in("anna@example.nl"), {route: tried[route]})

        assert f"get {route}" in found
        assert everything_kept() != before
