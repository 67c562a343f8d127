"""Who looked, taking data along, and being forgotten: by the page a member has for it."""

import io
import time
import zipfile
from datetime import datetime

import pytest
from django.test import Client

from members.models import Member, MemberLook, Membership, User
from members.services.looks import record_look
from members.services.signing import public_key
from tests.portal.shop import CARD


@pytest.fixture
def proved(portal: Client) -> Client:
    """Anna has just proved again who she is."""
    session = portal.session
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
    session.save()
    return portal


class TestPrivacy:
    def test_says_who_looked_in_words(
        self, portal: Client, anna: Membership, now: datetime
    ) -> None:
        for _ in range(2):
            record_look(
                member_id=anna.member_id,
                actor="staff:1",
                role="service desk",
                deed=MemberLook.Deed.SEEN,
                at=now,
            )

        page = portal.get("/me/privacy/").content.decode()

        assert "staff:1" not in page
        assert MemberLook.objects.get().times == 2
        assert "2" in page

    def test_is_linked_from_the_hub(self, portal: Client) -> None:
        assert "/me/privacy/" in portal.get("/me/").content.decode()


class TestDownload:
    def test_gives_a_file_to_who_has_just_proved_who_they_are(self, proved: Client) -> None:
        answer = proved.post("/me/privacy/download/")

        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        assert names == ["data.json", "data.json.sig", "public-key.txt", "data.html"]
        assert MemberLook.objects.get().deed == "EXPORTED"

    def test_asks_others_to_prove_it_first(self, portal: Client) -> None:
        answer = portal.post("/me/privacy/download/")

        assert answer.status_code == 302
        assert not MemberLook.objects.exists()


class TestDelete:
    def test_forgets_at_once_and_signs_out(self, proved: Client, anna: Membership) -> None:
        answer = proved.post("/me/privacy/delete/", {"card": f"{CARD[:4]} {CARD[4:]}"})

        assert answer.status_code == 200
        assert Member.objects.get(pk=anna.member_id).erased_at is not None
        assert not User.objects.filter(email="anna@example.nl").exists()
        assert proved.get("/me/").status_code == 302

    def test_wants_the_number_of_the_card(self, proved: Client, anna: Membership) -> None:
        proved.post("/me/privacy/delete/", {"card": "1"})

        assert Member.objects.get(pk=anna.member_id).erased_at is None

    def test_asks_who_has_not_just_signed_in_to_prove_it(
        self, portal: Client, anna: Membership
    ) -> None:
        assert portal.post("/me/privacy/delete/", {"card": CARD}).status_code == 302
        assert Member.objects.get(pk=anna.member_id).erased_at is None


class TestExportKey:
    def test_is_there_for_everybody(self, client: Client) -> None:
        said = client.get("/.well-known/trouw-export-key").json()

        assert said == {"algorithm": "Ed25519", "key": public_key()}
