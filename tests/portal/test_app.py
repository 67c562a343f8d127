"""The portal as an app: manifest, service worker, icons; and help on every page."""

import json
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image

from loyalty.services.programmes import change_face
from members.models import Identifier, Membership
from tests.portal.shop import CARD, Shop
from tests.portal.test_pages import text


@pytest.fixture
def logo() -> bytes:
    written = BytesIO()
    Image.new("RGB", (64, 64), "#c8553d").save(written, "PNG")
    return written.getvalue()


def give_face(shop: Shop, **changes: object) -> None:
    said: dict[str, object] = {
        "help_email": "",
        "help_phone": "",
        "help_hours": "",
        "privacy_page": "",
        "claim_days": 30,
    }
    change_face(
        programme_id=shop.programme.pk,
        actor="staff:1",
        at=shop.opened_at,
        **{**said, **changes},  # type: ignore[arg-type]
    )


class TestManifest:
    def test_is_of_the_programme(self, client: Client, shop: Shop) -> None:
        response = client.get("/manifest.webmanifest")

        said = json.loads(response.content)
        assert response["Content-Type"] == "application/manifest+json"
        assert (said["name"], said["short_name"]) == ("Kleur & Co", "Kleur & Co")
        assert (said["display"], said["start_url"], said["scope"]) == ("standalone", "/", "/")
        assert said["theme_color"] == "#1f5f4a"
        for icon in said["icons"]:
            assert client.get(icon["src"])["Content-Type"] == "image/png"


class TestIcons:
    @pytest.mark.parametrize("size", [32, 180, 192, 512])
    def test_are_drawn_in_the_size_that_is_asked(
        self, client: Client, shop: Shop, size: int
    ) -> None:
        drawn = Image.open(BytesIO(client.get(f"/icon-{size}.png").content))
        assert (drawn.format, drawn.size) == ("PNG", (size, size))
        assert drawn.getpixel((1, 1)) == (0x1F, 0x5F, 0x4A)

    def test_of_no_other_size(self, client: Client, shop: Shop) -> None:
        assert client.get("/icon-5000.png").status_code == 404

    def test_are_kept_until_the_brand_changes(
        self, client: Client, shop: Shop, logo: bytes
    ) -> None:
        first = client.get("/icon-192.png")
        again = client.get("/icon-192.png", headers={"if-none-match": first["ETag"]})
        give_face(shop, logo=logo)
        other = client.get("/icon-192.png", headers={"if-none-match": first["ETag"]})

        assert (again.status_code, other.status_code) == (304, 200)
        assert other.content != first.content
        assert client.get("/logo.png").status_code == 200
        assert "/logo.png?v=" in client.get("/").content.decode()


class TestServiceWorker:
    def test_may_serve_the_whole_portal(self, client: Client, shop: Shop) -> None:
        response = client.get("/sw.js")

        assert response["Service-Worker-Allowed"] == "/"
        assert response["Content-Type"].startswith("text/javascript")
        assert "worker-src 'self'" in response["Content-Security-Policy"]
        assert 'const CARD = "/card/";' in response.content.decode()

    def test_keeps_only_what_is_there(self, client: Client, shop: Shop) -> None:
        script = client.get("/sw.js").content.decode()

        kept = json.loads(script.split("const KEPT = ")[1].split(";")[0])
        pages = [address for address in kept if not address.startswith("/static/")]
        assert [client.get(page).status_code for page in pages] == [200] * len(pages)
        assert "/offline/" in pages

    def test_the_page_without_a_line_knows_nobody(self, portal: Client) -> None:
        page = text(portal, "/offline/")
        assert "Je hebt geen verbinding" in page
        assert CARD not in page


class TestCard:
    def test_shows_both_codes_and_the_number(self, portal: Client) -> None:
        page = text(portal, "/card/")
        assert "2990 0000 00019" in page
        assert page.count('role="img"') == 2
        assert "csrfmiddlewaretoken" not in page  # it is kept on the phone

    def test_says_what_to_do_when_it_is_blocked(
        self, portal: Client, shop: Shop, anna: Membership
    ) -> None:
        Identifier.objects.filter(kind="CARD").update(blocked_at=shop.opened_at)
        page = text(portal, "/card/")
        assert "Your card is blocked" in page
        assert "2990" not in page


class TestHelp:
    def test_is_one_link_away_on_every_page(self, portal: Client) -> None:
        for address in ["/", "/card/", "/me/", "/statement/", "/messages/", "/offline/"]:
            assert 'class="tool" href="/help/"' in text(portal, address)

    def test_says_who_to_ask(self, client: Client, shop: Shop) -> None:
        give_face(shop, help_phone="030 123 45 67", help_email="help@kleur.example")
        page = text(client, "/help/")
        assert 'href="tel:0301234567"' in page
        assert 'href="mailto:help@kleur.example"' in page

    def test_says_where_to_ask_when_nobody_was_named(self, portal: Client) -> None:
        assert "Ask in the shop" in text(portal, "/help/")


class TestEarn:
    def test_groups_the_rules_by_what_one_does(self, portal: Client, shop: Shop) -> None:
        review = {
            "schema": 2,
            "trigger": "review",
            "effects": [{"kind": "fixed", "points": 50}],
        }
        shop.rule("review", "Review", "Review", review)
        page = text(portal, "/earn/")
        assert page.index("When you buy something") < page.index("When you write a review")
        assert "1 point per euro" in page
