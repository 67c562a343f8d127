"""What members change themselves: name, language, consents."""

import pytest
from django.test import Client

from members.models import Membership


class TestProfile:
    def test_saves_name_and_language(self, portal: Client, anna: Membership) -> None:
        said = {"given_name": "Annie", "family_name": "de Wit", "language": "nl"}

        page = portal.post("/me/details/", said, follow=True).content.decode()

        anna.member.refresh_from_db()
        assert (anna.member.given_name, anna.member.family_name) == ("Annie", "de Wit")
        assert '<html lang="nl">' in page
        assert "Opgeslagen." in page

    @pytest.mark.parametrize(
        "wrong",
        [{"given_name": "x" * 101}, {"given_name": "a\x00b"}, {"language": "de"}],
        ids=["too long", "a NUL", "no language of ours"],
    )
    def test_refuses_what_is_wrong_and_keeps_what_was_typed(
        self, portal: Client, anna: Membership, wrong: dict[str, str]
    ) -> None:
        said = {"given_name": "Annie", "family_name": "Typed", "language": "en"} | wrong

        page = portal.post("/me/details/", said).content.decode()

        anna.member.refresh_from_db()
        assert anna.member.given_name == "Anna"
        assert "This is not right yet:" in page
        assert 'value="Typed"' in page

    def test_writes_names_as_text(self, portal: Client) -> None:
        said = {"given_name": "<script>alert(1)</script>", "language": "en"}
        portal.post("/me/details/", said)

        page = portal.get("/").content.decode()

        assert "Hello &lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>" not in page


class TestLanguage:
    def test_is_remembered_for_the_member_everywhere(
        self, portal: Client, anna: Membership
    ) -> None:
        response = portal.post("/language/", {"language": "nl", "next": "/earn/"})

        anna.member.refresh_from_db()
        assert response["Location"] == "/earn/"
        assert response.cookies["django_language"].value == "nl"
        assert anna.member.language == "nl"

    def test_is_remembered_for_a_visitor_in_the_browser(self, client: Client, db: None) -> None:
        client.post("/language/", {"language": "en"})

        assert '<html lang="en">' in client.get("/").content.decode()

    @pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", ""])
    def test_never_leads_to_another_site(self, client: Client, db: None, next_page: str) -> None:
        response = client.post("/language/", {"language": "en", "next": next_page})

        assert response["Location"] == "/"

    def test_ignores_a_language_we_do_not_speak(self, portal: Client, anna: Membership) -> None:
        response = portal.post("/language/", {"language": "xx"})

        anna.member.refresh_from_db()
        assert anna.member.language == "en"
        assert "django_language" not in response.cookies
