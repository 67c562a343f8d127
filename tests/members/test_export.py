"""What a member takes along: all of it, signed, and good elsewhere."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from loyalty.errors import InvalidRequest
from loyalty.models import Account, Lot, Transfer
from loyalty.services.adjustments import adjust_points
from members.models import MemberLook, Note
from members.selectors import account_of
from members.services.export import export_member
from members.services.import_export import import_export, read_export
from members.services.signing import public_key
from tests.members.shop import NOON, Shop, open_shop
from tests.members.test_erasure import LATER, buy, forget


def packed(shop: Shop) -> bytes:
    with export_member(
        member_id=shop.anna.member_id, actor="staff:1", role="Service desk", at=LATER
    ) as made:
        return made.read()


def said(data: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        sections = json.loads(files.read("data.json"))["sections"]
    return {section["key"]: section["rows"] for section in sections}


def lived(shop: Shop) -> None:
    buy(shop)
    adjust_points(
        account_id=account_of(shop.anna),
        points=40,
        reason="Sorry for the wait",
        actor="staff:1",
        at=NOON,
        key="k",
        expires_at=NOON + timedelta(days=60),
    )
    Note.objects.create(
        member=shop.anna.member, text="Calls often", author="staff:1", written_at=NOON
    )


class TestExportMember:
    def test_tells_all_that_is_kept(self, shop: Shop) -> None:
        lived(shop)

        rows = said(packed(shop))

        assert rows["who"][0]["given_name"] == "Anna"
        assert {row["value"] for row in rows["identifiers"]} == {
            "2990000000019",
            "anna@example.nl",
        }
        (activity,) = rows["activities"]
        assert (activity["points"], activity["lines"][0]["product"]) == (150, "emulsion")
        assert sum(each["points"] for each in activity["why"]) == 150
        (account,) = rows["statement"]
        assert [each["balance"] for each in account["movements"]] == [150, 190]
        assert account["movements"][1]["why"][0]["text"]["en"] == "Sorry for the wait"
        assert sorted(each["remaining"] for each in account["lots"]) == [40, 150]
        assert rows["notes"][0]["text"] == "Calls often"

    def test_has_a_page_in_both_languages_that_needs_nothing_else(self, shop: Shop) -> None:
        lived(shop)

        with zipfile.ZipFile(io.BytesIO(packed(shop))) as files:
            page = files.read("data.html").decode()

        assert "Your data" in page
        assert "Jouw gegevens" in page
        assert "Calls often" in page
        assert "src=" not in page
        assert "<link" not in page

    def test_is_told_to_the_member(self, shop: Shop) -> None:
        packed(shop)

        look = MemberLook.objects.get()
        assert (look.deed, look.actor, look.role) == ("EXPORTED", "staff:1", "Service desk")


class TestReadExport:
    def test_refuses_data_that_were_changed(self, shop: Shop) -> None:
        lived(shop)
        changed = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(packed(shop))) as files,
            zipfile.ZipFile(changed, "w") as out,
        ):
            for name in files.namelist():
                content = files.read(name)
                out.writestr(name, content.replace(b'"remaining": 40', b'"remaining": 99'))

        with pytest.raises(InvalidRequest, match="signature"):
            read_export(changed)

    def test_refuses_the_key_of_another_house(self, shop: Shop, settings: Any) -> None:
        data = packed(shop)
        settings.SECRET_KEY = "another house " * 5

        with pytest.raises(InvalidRequest, match="signature"):
            read_export(io.BytesIO(data), key=public_key())


class TestImportExport:
    def test_gives_the_same_balance_and_dates_in_another_programme_once(self, shop: Shop) -> None:
        lived(shop)
        export = read_export(io.BytesIO(packed(shop)), key=public_key())
        dates = ("remaining", "available_from", "expires_at")
        before = set(Lot.objects.filter(account=account_of(shop.anna)).values_list(*dates))
        forget(shop)  # so that nothing of her is here, as in another house
        other = open_shop("elders", card="card:2990000000026", email="email:bo@example.nl")

        first, done = (
            import_export(
                programme_id=other.programme.pk, export=export, actor="system:export", at=LATER
            )
            for _ in range(2)
        )

        there = Account.objects.get(holder=done.membership.holder, unit__code="points")
        assert there.balance == 190
        assert set(Lot.objects.filter(account=there).values_list(*dates)) == before
        assert Transfer.objects.filter(source="export").count() == 2
        assert (first.points, done.points) == ({"points": 190}, {})


class TestCommands:
    def test_verify_and_take_in_a_file(
        self, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lived(shop)
        file = tmp_path / "export.zip"
        file.write_bytes(packed(shop))
        forget(shop)
        open_shop("elders", card="card:2990000000026", email="email:bo@example.nl")

        call_command("verify_export", str(file))
        call_command("import_export", str(file), key=public_key(), programme="elders")

        assert "Good:" in (told := capsys.readouterr().out)
        assert "brought 190 points" in told

    def test_verify_refuses_what_is_no_export(self, db: None, tmp_path: Path) -> None:
        file = tmp_path / "export.zip"
        file.write_bytes(b"PK nothing")

        with pytest.raises(CommandError, match="no export"):
            call_command("verify_export", str(file))
