"""What members see of the programme, as staff set it: logo, colours that can be seen, help."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, PngImagePlugin

from loyalty.errors import InvalidRequest
from loyalty.models import Programme
from loyalty.services.logos import MOST_BYTES, logo_drawn_again

SAID = {
    "name": "Kleur & Co",
    "point_worth": "0.01",
    "expiry_kind": "never",
    "return_policy": "OWED",
    "goodwill_days": "14",
    "rounding": "FLOOR",
    "brand_colour": "#1f5f4a",
    "accent_colour": "#c8553d",
    "claim_days": "30",
}


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300), **more: Any) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "#c8553d").save(written, kind, **more)
    return written.getvalue()


@pytest.fixture
def page(sign_in: Callable[..., Any], programme: Programme) -> str:
    sign_in("administrator")
    return f"/console/loyalty/programme/{programme.pk}/change/"


class TestLogo:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    def test_is_drawn_again_as_a_small_png(self, kind: str) -> None:
        kept = Image.open(BytesIO(logo_drawn_again(picture(kind))))
        assert (kept.format, kept.size) == ("PNG", (512, 171))

    def test_keeps_nothing_else_that_the_file_held(self) -> None:
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", "<script>alert(1)</script>")
        assert b"script" not in logo_drawn_again(picture(pnginfo=words))

    @pytest.mark.parametrize(
        "upload",
        [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            picture()[:60],
            picture("GIF"),
            picture(size=(5000, 5000)),
            b"\x89PNG" + b"0" * MOST_BYTES,
        ],
        ids=["nothing", "svg", "half", "gif", "a bomb", "too large"],
    )
    def test_refuses_what_is_no_picture_of_ours(self, upload: bytes) -> None:
        with pytest.raises(InvalidRequest):
            logo_drawn_again(upload)


class TestProgrammePage:
    def test_keeps_logo_and_help(self, client: Client, programme: Programme, page: str) -> None:
        said = SAID | {
            "help_email": "help@kleur.example",
            "help_phone": "030 123 45 67",
            "help_hours": "ma-vr 9-17",
            "privacy_page": "https://kleur.example/privacy",
            "claim_days": "14",
            "new_logo": SimpleUploadedFile("logo.webp", picture("WEBP")),
        }
        assert client.post(page, said).status_code == 302
        programme.refresh_from_db()
        assert programme.help_phone == "030 123 45 67"
        assert (programme.claim_days, programme.privacy_page) == (14, said["privacy_page"])
        assert bytes(programme.logo or b"").startswith(b"\x89PNG")

        client.post(page, SAID | {"remove_logo": "on"})
        programme.refresh_from_db()
        assert programme.logo is None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"brand_colour": "#f8f5ef"},
            {"accent_colour": "#ffffff"},
            {"brand_colour": "#111111"},
            {"privacy_page": "javascript:alert(1)"},
            {"help_phone": "call me"},
            {"new_logo": SimpleUploadedFile("logo.png", b"<svg/>")},
        ],
        ids=["as paper", "white", "as the dark page", "a script", "no number", "no picture"],
    )
    def test_refuses_what_members_could_not_use(
        self, client: Client, programme: Programme, page: str, wrong: dict[str, Any]
    ) -> None:
        response = client.post(page, SAID | {"name": "Other"} | wrong)
        assert response.status_code == 200
        programme.refresh_from_db()
        assert programme.name != "Other"

    def test_says_how_letters_read_on_the_brand(self, client: Client, page: str) -> None:
        client.post(page, SAID | {"brand_colour": "#ffd400"})
        shown = " ".join(client.get(page).content.decode().split())
        assert "White letters cannot be read on this brand colour" in shown
