"""Pages that few people see: they stand in the portal's frame all the same."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests.portal.shop import Shop
from tests.portal.test_signing_in import join

FOR_MEMBERS = [
    "/me/security/",
    "/accounts/logout/",
    "/accounts/prove/",
]
LATELY = [  # for whoever proved lately that it is still them
    "/accounts/email/",
    "/accounts/3rdparty/connections/",
    "/accounts/password/set/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/passkeys/add/",
]
FOR_VISITORS = [
    "/accounts/login/code/",
    "/accounts/inactive/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/login/password/",
    "/accounts/signup/passkey/",
    "/accounts/3rdparty/login/cancelled/",
    "/accounts/3rdparty/login/error/",
]


def in_frame(page: str) -> bool:
    """Whether it has our frame, one heading and nothing inline."""
    return 'class="wordmark"' in page and page.count("<h1") == 1 and "style=" not in page


class TestRarePages:
    @pytest.mark.parametrize("address", FOR_MEMBERS)
    def test_of_members(self, portal: Client, address: str) -> None:
        response = portal.get(address)

        assert response.status_code == 200
        assert in_frame(response.content.decode())

    @pytest.mark.parametrize("address", LATELY)
    def test_of_members_who_proved_it_lately(
        self, client: Client, shop: Shop, address: str
    ) -> None:
        join(client, "bram@example.nl")

        response = client.get(address)

        assert response.status_code == 200
        assert in_frame(response.content.decode())

    @pytest.mark.parametrize("address", ["/accounts/phone/verify/", "/accounts/sessions/"])
    def test_what_nobody_needs_is_not_there(self, portal: Client, address: str) -> None:
        assert portal.get(address).status_code == 404

    @pytest.mark.parametrize("address", FOR_VISITORS)
    def test_of_visitors(self, client: Client, shop: Shop, address: str) -> None:
        response = client.get(address)

        assert response.status_code in {200, 401}
        assert in_frame(response.content.decode())

    def test_the_page_for_our_own_faults_needs_nothing(self) -> None:
        page = render_to_string("500.html")

        assert "Er ging iets mis bij ons" in page
        assert "Something went wrong on our side" in page
