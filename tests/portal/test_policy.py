"""What the browser is allowed, on every page of the portal."""

import re

import pytest
from django.test import Client

from config.providers import sign_in_origins

PAGES = ["/", "/accounts/login/", "/accounts/signup/", "/me/", "/rewards/", "/card/", "/nothing/"]
INLINE = re.compile(
    r"<script(?! src=\"/static/)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


class TestPolicy:
    @pytest.mark.parametrize("address", PAGES)
    def test_allows_nothing_inline_and_nothing_foreign(self, portal: Client, address: str) -> None:
        response = portal.get(address, follow=True)

        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert INLINE.findall(response.content.decode()) == []

    def test_cookies_stay_out_of_reach_of_scripts(self, client: Client, db: None) -> None:
        cookies = client.get("/accounts/login/").cookies

        assert cookies["csrftoken"]["httponly"]
        assert cookies["csrftoken"]["samesite"] == "Lax"

    def test_a_form_without_its_token_changes_nothing(self, db: None) -> None:
        strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})

        response = strict.post("/language/", {"language": "nl"})

        assert response.status_code == 403
        assert "This page was open for too long" in response.content.decode()
        assert "django_language" not in response.cookies


class TestSignInOrigins:
    def test_are_those_of_the_providers_that_have_keys(self) -> None:
        oidc = {"APPS": [{"settings": {"server_url": "https://id.example:8443/realm"}}]}

        origins = sign_in_origins({"google": {}, "openid_connect": oidc})

        assert origins == ["https://accounts.google.com", "https://id.example:8443"]
