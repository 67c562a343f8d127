"""The house as identity provider, at its addresses: what is asked, agreed, told and taken back."""

from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from allauth.idp.oidc.models import Client as App
from allauth.idp.oidc.models import Token
from django.test import Client

from loyalty.errors import InvalidRequest
from members.models import Membership, User
from members.services.logins import sign_out_everywhere
from members.services.sign_in_clients import (
    change_sign_in_client,
    register_sign_in_client,
    renew_secret,
    stop_sign_in_client,
)
from tests.portal.shop import CARD, Shop
from tests.portal.webshop import BACK, Webshop, bearer


@pytest.fixture
def webshop(portal: Client, shop: Shop) -> Webshop:
    app, secret = register_sign_in_client(
        name="Verfwinkel",
        redirect_uris=[BACK],
        scopes=["profile", "email", "loyalty"],
        is_public=False,
    )
    portal.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return Webshop(app, secret, portal)


class TestDiscovery:
    def test_says_what_is_done_and_nothing_more(self, client: Client, db: None) -> None:
        said = client.get("/.well-known/openid-configuration").json()

        assert said["issuer"] == "http://testserver"
        assert said["authorization_endpoint"] == "http://testserver/identity/authorize"
        assert said["code_challenge_methods_supported"] == ["S256"]
        assert said["grant_types_supported"] == ["authorization_code", "refresh_token"]
        assert said["response_types_supported"] == ["code"]
        assert said["scopes_supported"] == ["openid", "profile", "email", "loyalty"]
        assert "device_authorization_endpoint" not in said
        assert client.post("/identity/device/code").status_code == 404

    def test_there_is_none_without_a_key(self, client: Client, db: None, settings: Any) -> None:
        settings.IDP_OIDC_PRIVATE_KEY = ""

        for address in [".well-known/openid-configuration", "identity/authorize", "identity/token"]:
            assert client.get(f"/{address}").status_code == 404


class TestAsking:
    def test_shows_the_member_what_is_learnt_of_them(self, webshop: Webshop) -> None:
        page = webshop.ask()
        text = page.content.decode()

        assert "Sign in to Verfwinkel" in text
        assert "Your card number, your points and your tier" in text
        assert "Your name and your language" in text
        assert "form-action 'self' https://shop.example" in page["Content-Security-Policy"]

    def test_tells_only_what_is_asked(self, webshop: Webshop) -> None:
        text = webshop.ask(scope="openid").content.decode()

        assert "Your card number" not in text
        assert "Your e-mail address" not in text

    def test_sends_a_visitor_to_sign_in_first(self, webshop: Webshop) -> None:
        webshop.browser.logout()

        answer = webshop.ask()

        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/?next=/identity/authorize")

    def test_sends_a_login_without_a_membership_to_join_first(
        self, webshop: Webshop, shop: Shop
    ) -> None:
        webshop.browser.force_login(shop.login("jane@example.nl"))

        answer = webshop.ask()

        assert answer["Location"].startswith("/join/?next=%2Fidentity%2Fauthorize")
        joined = webshop.browser.post("/join/", {"next": "/identity/authorize?x=1"})
        assert joined["Location"] == "/identity/authorize?x=1"
        elsewhere = webshop.browser.post("/join/", {"next": "https://evil.example/"})
        assert elsewhere["Location"] == "/"

    @pytest.mark.parametrize(
        "changes",
        [
            {"redirect_uri": "https://evil.example/back"},
            {"redirect_uri": BACK + "?more=1"},
            {"redirect_uri": BACK + "/"},
            {"redirect_uri": "https://shop.example/back#x"},
            {"redirect_uri": None},
            {"client_id": "nobody"},
            {"code_challenge": None},
            {"code_challenge_method": "plain"},
            {"code_challenge_method": None},
            {"prompt": "none"},
        ],
    )
    def test_refuses_on_our_own_page_and_sends_nobody_anywhere(
        self, webshop: Webshop, changes: dict[str, Any]
    ) -> None:
        page = webshop.ask(**changes)

        assert page.status_code == 400
        assert "Signing in did not work" in page.content.decode()
        assert Token.objects.count() == 0

    def test_refuses_a_scope_that_the_shop_may_not_ask(self, webshop: Webshop) -> None:
        change_sign_in_client(
            client_id=webshop.app.pk, name="Shop", redirect_uris=[BACK], scopes=["profile"]
        )

        answer = webshop.ask()

        assert "error=invalid_scope" in answer["Location"]

    def test_takes_no_for_an_answer(self, webshop: Webshop) -> None:
        said = webshop.agree(action="cancel")

        assert said == {"error": "access_denied", "state": "its-state"}
        assert Token.objects.count() == 0

    def test_an_agreement_that_the_member_did_not_send_is_none(self, webshop: Webshop) -> None:
        page = webshop.ask()
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = webshop.browser.cookies

        answer = strict.post(
            "/identity/authorize",
            {"action": "grant", "request": page.context["form"].initial["request"]},
        )

        assert answer.status_code == 403


class TestTokens:
    def test_name_the_member_and_not_the_login(self, webshop: Webshop, anna: Membership) -> None:
        told = webshop.tokens()

        keys = jwt.PyJWKSet.from_dict(Client().get("/.well-known/jwks.json").json())
        key = keys[jwt.get_unverified_header(told["id_token"])["kid"]]
        claims = jwt.decode(
            told["id_token"], key, ["RS256"], audience=webshop.app.pk, issuer="http://testserver"
        )
        assert claims["sub"] == str(anna.member_id)
        assert claims["nonce"] == "its-nonce"
        assert claims["sub"] != str(anna.member.user_id)

    def test_tell_what_the_member_agreed_to(self, webshop: Webshop, anna: Membership) -> None:
        told = webshop.tokens()

        said = Client().get("/identity/userinfo", **bearer(told["access_token"])).json()
        assert said == {
            "sub": str(anna.member_id),
            "name": "Anna",
            "given_name": "Anna",
            "locale": "en",
            "email": "anna@example.nl",
            "email_verified": True,
            "member_id": str(anna.member_id),
            "card_number": CARD,
            "tiers": [],
        }

    def test_tell_nothing_more_than_asked(self, webshop: Webshop, anna: Membership) -> None:
        told = webshop.tokens(scope="openid")

        said = Client().get("/identity/userinfo", **bearer(told["access_token"])).json()
        assert said == {"sub": str(anna.member_id)}

    @pytest.mark.parametrize(
        "changes",
        [
            {"code_verifier": "w" * 64},
            {"client_secret": "secret_wrong"},
            {"redirect_uri": "https://evil.example/back"},
            {"code": "another"},
        ],
    )
    def test_are_not_given_for_less_than_the_whole(
        self, webshop: Webshop, changes: dict[str, str]
    ) -> None:
        code = webshop.agree()["code"]

        answer = webshop.exchange(code, **changes)

        assert answer.status_code in {400, 401}
        assert Token.objects.count() == 0

    def test_a_code_works_once(self, webshop: Webshop) -> None:
        code = webshop.agree()["code"]
        assert webshop.exchange(code).status_code == 200

        assert webshop.exchange(code).status_code == 400

    def test_a_refresh_token_is_spent_when_used(self, webshop: Webshop) -> None:
        first = webshop.tokens()["refresh_token"]
        said = {"grant_type": "refresh_token", "refresh_token": first}

        second = webshop.token(**said)

        assert second.status_code == 200
        assert second.json()["refresh_token"] != first
        assert webshop.token(**said).status_code in {400, 401}

    @pytest.mark.parametrize("grant", ["client_credentials", "password"])
    def test_are_given_in_no_other_way(self, webshop: Webshop, grant: str) -> None:
        answer = webshop.token(grant_type=grant, username="anna@example.nl", password="x")

        assert answer.status_code in {400, 401}
        assert Token.objects.count() == 0

    def test_none_is_kept_in_the_clear(self, webshop: Webshop) -> None:
        told = webshop.tokens()

        kept = str(list(Token.objects.values_list("hash", "data", "scopes")))
        assert told["access_token"] not in kept
        assert told["refresh_token"] not in kept
        assert webshop.secret not in App.objects.get().secret


class TestMe:
    def test_tells_the_member_their_own(self, webshop: Webshop, anna: Membership) -> None:
        token = webshop.tokens()["access_token"]

        answer = Client().get("/api/v1/me", **bearer(token))

        said = answer.json()
        assert answer.status_code == 200
        assert said["id"] == str(anna.member_id)
        assert said["balance"]["points"] == 0
        assert f"card:{CARD}" in said["identifiers"]

    def test_wants_a_token_that_is_good(self, webshop: Webshop) -> None:
        missing = Client().get("/api/v1/me")
        wrong = Client().get("/api/v1/me", **bearer("nonsense"))

        assert (missing.status_code, missing.json()["code"]) == (401, "key_missing")
        assert (wrong.status_code, wrong.json()["code"]) == (401, "token_unknown")
        assert wrong["WWW-Authenticate"] == "Bearer"

    def test_wants_the_scope(self, webshop: Webshop) -> None:
        token = webshop.tokens(scope="openid profile")["access_token"]

        answer = Client().get("/api/v1/me", **bearer(token))

        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

    def test_a_refresh_token_is_no_key(self, webshop: Webshop) -> None:
        token = webshop.tokens()["refresh_token"]

        assert Client().get("/api/v1/me", **bearer(token)).status_code == 401

    def test_a_members_token_opens_nothing_of_the_clients(
        self, webshop: Webshop, anna: Membership
    ) -> None:
        token = webshop.tokens()["access_token"]

        for address in [f"/api/v1/members/{anna.member_id}", "/api/v1/rewards"]:
            assert Client().get(address, **bearer(token)).status_code == 401


class TestTakingBack:
    @pytest.fixture
    def token(self, webshop: Webshop) -> Iterator[str]:
        token = webshop.tokens()["access_token"]
        assert Client().get("/api/v1/me", **bearer(token)).status_code == 200
        yield token
        assert Client().get("/api/v1/me", **bearer(token)).status_code == 401
        assert Client().get("/identity/userinfo", **bearer(token)).status_code == 401

    def test_the_member_leaves_an_app(self, token: str, webshop: Webshop) -> None:
        page = webshop.browser.get("/me/security/").content.decode()
        assert "Verfwinkel" in page

        webshop.browser.post(f"/me/security/apps/{webshop.app.pk}/leave/")

        assert "Verfwinkel" not in webshop.browser.get("/me/security/").content.decode()

    def test_another_member_cannot_leave_it_for_them(self, webshop: Webshop, shop: Shop) -> None:
        token = webshop.tokens()["access_token"]
        shop.enrol("mallory@example.nl")
        other = Client()
        other.force_login(User.objects.get(email="mallory@example.nl"))

        other.post(f"/me/security/apps/{webshop.app.pk}/leave/")

        assert Client().get("/api/v1/me", **bearer(token)).status_code == 200

    def test_signing_out_everywhere(self, token: str, anna: Membership) -> None:
        user_id = anna.member.user_id
        assert user_id is not None
        sign_out_everywhere(user_id=user_id)

    def test_the_login_is_closed(self, token: str) -> None:
        User.objects.update(is_active=False)

    def test_the_login_is_gone(self, token: str) -> None:
        User.objects.all().delete()

    def test_the_shop_is_stopped(self, token: str, webshop: Webshop) -> None:
        assert stop_sign_in_client(client_id=webshop.app.pk) == 1
        assert webshop.ask().status_code == 400

    def test_the_shop_may_ask_less(self, token: str, webshop: Webshop) -> None:
        change_sign_in_client(
            client_id=webshop.app.pk, name="Shop", redirect_uris=[BACK], scopes=["profile"]
        )

    def test_a_new_secret_ends_the_old(self, webshop: Webshop) -> None:
        code = webshop.agree()["code"]

        fresh = renew_secret(client_id=webshop.app.pk)

        assert webshop.exchange(code).status_code == 401
        webshop.secret = fresh
        assert webshop.exchange(webshop.agree()["code"]).status_code == 200


class TestRegistering:
    @pytest.mark.parametrize(
        "address",
        [
            "http://shop.example/back",
            "https://*.shop.example/",
            "https://shop.example/#x",
            "https://anna:secret@shop.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "shop.example",
            "",
        ],
    )
    def test_takes_no_address_that_leads_astray(self, db: None, address: str) -> None:
        with pytest.raises(InvalidRequest):
            register_sign_in_client(
                name="Shop", redirect_uris=[address], scopes=[], is_public=False
            )

        assert App.objects.count() == 0

    @pytest.mark.parametrize("address", [BACK, "http://127.0.0.1:9000/back", "nl.kleur.app:/back"])
    def test_takes_a_web_address_this_machine_or_an_app(self, db: None, address: str) -> None:
        app, secret = register_sign_in_client(
            name="Shop", redirect_uris=[address], scopes=[], is_public=True
        )

        assert app.get_redirect_uris() == [address]
        assert app.get_scopes() == ["openid"]
        assert secret == ""
