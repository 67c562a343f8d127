"""A voucher in the phone's wallet: what Apple's and Google's wallets are sent."""

import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.test import Client

from members.passes import google
from rewards.codes import code_of
from rewards.models import Voucher
from tests.members.wallets import Authority, pem_of, rsa_key
from tests.portal.shop import Shop


@pytest.fixture
def voucher(portal: Client, shop: Shop, now: datetime) -> Voucher:
    shop.sell("600.00", at=now - timedelta(hours=1))
    shop.reward("brush", 250)
    portal.post("/rewards/brush/", {"request_key": str(uuid4())})
    return Voucher.objects.get()


class TestApple:
    def test_is_a_coupon_with_the_code_that_is_void_once_it_was_used(
        self, portal: Client, voucher: Voucher, settings: Any, now: datetime
    ) -> None:
        settings.WALLET_APPLE = Authority().settings()

        def said() -> Any:
            answer = portal.get(f"/vouchers/{voucher.pk}/pass.pkpass")
            assert answer["Content-Type"] == "application/vnd.apple.pkpass"
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                assert {"signature", "manifest.json", "icon.png"} <= set(archive.namelist())
                return json.loads(archive.read("pass.json"))

        first = said()
        assert first["barcodes"][0]["message"] == code_of(voucher.pk)
        assert first["coupon"]["primaryFields"][0]["value"] == "Brush en"
        assert (first["voided"], first["sharingProhibited"]) == (False, False)

        Voucher.objects.update(state="USED", used_at=now, uses=1)
        assert said()["voided"] is True

    def test_is_not_there_without_keys(self, portal: Client, voucher: Voucher) -> None:
        assert portal.get(f"/vouchers/{voucher.pk}/pass.pkpass").status_code == 404
        assert "Wallet" not in portal.get("/vouchers/").content.decode()


class TestGoogle:
    def test_is_a_signed_link_with_the_offer_that_is_short_enough(
        self, portal: Client, voucher: Voucher, settings: Any
    ) -> None:
        key = rsa_key()
        settings.WALLET_GOOGLE = {
            "number": "3388000000000000000",
            "email": "wallet@kleur.iam.gserviceaccount.com",
            "key": pem_of(key),
        }
        assert "Add to Google Wallet" in portal.get("/vouchers/").content.decode()

        link = portal.get(f"/vouchers/{voucher.pk}/google/")["Location"]

        said = jwt.decode(link.rsplit("/", 1)[1], key.public_key(), ["RS256"], audience="google")
        [offer] = said["payload"]["offerObjects"]
        assert len(link) <= google.LONGEST_LINK
        assert offer["barcode"]["value"] == code_of(voucher.pk)
        assert offer["state"] == "ACTIVE"
        assert "anna" not in json.dumps(said).lower()
