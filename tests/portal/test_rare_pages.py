"""Pages that few people see: they stand in the portal's frame all the same."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests.portal.shop import Shop

FOR_MEMBERS = ["/accounts/email/", "/accounts/logout/", "/accounts/3rdparty/"]
FOR_VISITORS = [
    "/accounts/login/code/",
    "/accounts/inactive/",
    "/accounts/password/reset/",
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

    @pytest.mark.parametrize("address", FOR_VISITORS)
    def test_of_visitors(self, client: Client, shop: Shop, address: str) -> None:
        response = client.get(address)

        assert response.status_code in {200, 401}
        assert in_frame(response.content.decode())

    def test_the_page_for_our_own_faults_needs_nothing(self) -> None:
        page = render_to_string("500.html")

        assert "Er ging iets mis bij ons" in page
        assert "Something went wrong on our side" in page
