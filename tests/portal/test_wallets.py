"""The card in a phone's wallet: the very bytes that Apple's and Google's wallets check."""

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from uuid import uuid4

import jwt
import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from loyalty.events import dispatch_pending
from members.models import WalletDevice, WalletPass
from members.passes import google
from members.passes.google import GoogleRefused
from members.services import passes
from tests.members.wallets import Authority, Google, google_on_this_machine, pem_of, rsa_key
from tests.portal.shop import CARD

PASS = "/card/apple.pkpass"
DEVICES = "/wallet/apple/v1/devices/d-1/registrations/pass.nl.kleur"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def apple(settings, authority) -> Authority:
    settings.WALLET_APPLE = authority.settings()
    return authority


@pytest.fixture(scope="module")
def google_key():
    return rsa_key()


@pytest.fixture
def far_google(settings, google_key) -> Iterator[Google]:
    with google_on_this_machine() as far:
        settings.WALLET_GOOGLE = {
            "number": "3388000000000000000",
            "email": "wallet@kleur.iam.gserviceaccount.com",
            "key": pem_of(google_key),
            "api_url": f"{far.address}/v1/",
            "token_url": f"{far.address}/token",
        }
        yield far


def opened(answer) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class TestTheButtons:
    def test_are_there_for_the_wallets_that_have_keys(self, portal, apple):
        page = portal.get("/card/").text
        assert PASS in page
        assert "/card/google/" not in page

    def test_are_not_there_without(self, portal):
        assert "wallet" not in portal.get("/card/").text.lower()
        assert portal.get(PASS).status_code == 404
        assert portal.get("/card/google/").status_code == 404
        assert WalletPass.objects.count() == 0


class TestTheApplePass:
    def test_shows_the_card_the_points_and_the_shops_colours_and_no_name(self, portal, apple, shop):
        answer = portal.get(PASS)
        said = json.loads(opened(answer)["pass.json"])
        card = WalletPass.objects.get()
        assert answer.headers["Content-Type"] == "application/vnd.apple.pkpass"
        assert said["serialNumber"] == str(card.serial)
        assert said["passTypeIdentifier"] == "pass.nl.kleur"
        assert [(code["format"], code["message"]) for code in said["barcodes"]] == [
            ("PKBarcodeFormatQR", CARD),
            ("PKBarcodeFormatCode128", CARD),
        ]
        assert said["storeCard"]["headerFields"][0]["value"] == 0
        assert said["voided"] is False
        assert said["webServiceURL"] == "http://testserver/wallet/apple/"
        assert "anna" not in json.dumps(said).lower()

    def test_is_signed_over_a_manifest_of_every_file(self, portal, apple, tmp_path):
        files = opened(portal.get(PASS))
        manifest = json.loads(files["manifest.json"])
        assert manifest == {
            name: hashlib.sha1(content).hexdigest()
            for name, content in files.items()
            if name not in ("manifest.json", "signature")
        }
        for name in ("manifest.json", "signature"):
            (tmp_path / name).write_bytes(files[name])
        (tmp_path / "root.pem").write_text(apple.pem(apple.root))
        verify = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"]
        verify += ["-in", "signature", "-content", "manifest.json", "-CAfile", "root.pem"]
        done = subprocess.run(
            [*verify, "-out", "verified"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        (tmp_path / "manifest.json").write_bytes(files["manifest.json"] + b" ")
        assert subprocess.run(verify, cwd=tmp_path, capture_output=True, check=False).returncode

    def test_has_pictures_of_the_sizes_that_phones_want(self, portal, apple, shop):
        picture = io.BytesIO()
        Image.new("RGB", (300, 100), "red").save(picture, "PNG")
        shop.programme.logo = picture.getvalue()
        shop.programme.save()
        files = opened(portal.get(PASS))
        sizes = {
            name: Image.open(io.BytesIO(content)).size
            for name, content in files.items()
            if name.endswith(".png")
        }
        assert sizes == {
            "icon.png": (29, 29),
            "icon@2x.png": (58, 58),
            "icon@3x.png": (87, 87),
            "logo.png": (50, 50),
            "logo@2x.png": (100, 100),
        }

    def test_is_one_however_often_it_is_fetched_and_needs_a_login(self, portal, apple, client):
        first, again = portal.get(PASS), portal.get(PASS)
        serials = {json.loads(opened(a)["pass.json"])["serialNumber"] for a in (first, again)}
        assert len(serials) == WalletPass.objects.count() == 1
        assert Client().get(PASS).status_code == 302


class TestApplesQuestions:
    @pytest.fixture
    def phone(self, portal, apple, settings):
        """A phone that has Anna's pass, and no session; forged requests are looked for."""
        said = json.loads(opened(portal.get(PASS))["pass.json"])
        settings.DEBUG = False
        phone = Client(
            enforce_csrf_checks=True,
            headers={"Authorization": f"ApplePass {said['authenticationToken']}"},
        )
        phone.serial = said["serialNumber"]
        return phone

    def registered(self, phone, **headers):
        body = json.dumps({"pushToken": "abc"})
        where = f"{DEVICES}/{phone.serial}"
        return phone.post(where, body, content_type="application/json", headers=headers)

    def test_register_a_phone_once_and_forget_it(self, phone):
        assert self.registered(phone).status_code == 201
        assert self.registered(phone).status_code == 200
        assert WalletDevice.objects.get().push_token == "abc"
        assert phone.delete(f"{DEVICES}/{phone.serial}").status_code == 200
        assert WalletDevice.objects.count() == 0

    def test_tell_what_changed_since_and_give_the_newest(self, phone, shop, anna):
        self.registered(phone)
        first = phone.get(DEVICES).json()
        assert first["serialNumbers"] == [phone.serial]
        since = {"passesUpdatedSince": first["lastUpdated"]}
        assert phone.get(DEVICES, since).status_code == 204

        shop.sell("30.00", at=timezone.now())
        dispatch_pending(at=timezone.now())

        assert phone.get(DEVICES, since).json()["serialNumbers"] == [phone.serial]
        newest = phone.get(f"/wallet/apple/v1/passes/pass.nl.kleur/{phone.serial}")
        said = json.loads(opened(newest)["pass.json"])
        assert said["storeCard"]["headerFields"][0]["value"] == 30

    @pytest.mark.parametrize("token", ["ApplePass nonsense", "Bearer x", ""])
    def test_are_refused_without_the_passs_own_token(self, phone, token):
        refused = [
            self.registered(phone, Authorization=token),
            phone.get(
                f"/wallet/apple/v1/passes/pass.nl.kleur/{phone.serial}",
                headers={"Authorization": token},
            ),
            phone.delete(f"{DEVICES}/{phone.serial}", headers={"Authorization": token}),
            phone.get(f"/wallet/apple/v1/passes/pass.nl.kleur/{uuid4()}"),
        ]
        assert [answer.status_code for answer in refused] == [401] * 4
        assert WalletDevice.objects.count() == 0

    def test_survive_nonsense(self, phone):
        where = f"{DEVICES}/{phone.serial}"
        for body in ("", "[]", "{", '{"pushToken": 7}'):
            assert phone.post(where, body, content_type="application/json").status_code < 300
        assert phone.get(DEVICES, {"passesUpdatedSince": "gisteren"}).status_code == 200
        assert phone.post("/wallet/apple/v1/log", "{", content_type="text/plain").status_code == 200


class TestTheGooglePass:
    def test_is_a_signed_link_that_is_short_enough_and_names_nobody(
        self, portal, far_google, google_key
    ):
        link = portal.get("/card/google/").headers["Location"]
        head, token = link.rsplit("/", 1)
        said = jwt.decode(token, google_key.public_key(), ["RS256"], audience="google")
        [card] = said["payload"]["loyaltyObjects"]
        assert head + "/" == google.SAVE
        assert len(link) <= 1_800
        assert said["typ"] == "savetowallet"
        assert card["barcode"]["value"] == CARD
        assert card["loyaltyPoints"]["balance"] == {"int": 0}
        assert card["id"] == f"3388000000000000000.{WalletPass.objects.get().serial.hex}"
        assert "anna" not in json.dumps(said).lower()

    def test_is_renewed_when_points_change(self, portal, far_google, shop, anna, monkeypatch):
        portal.get("/card/google/")
        asked: list[list[str]] = []
        monkeypatch.setattr("members.subscribers.renew_passes.delay", asked.append)
        shop.sell("30.00", at=timezone.now())
        dispatch_pending(at=timezone.now())
        serial = WalletPass.objects.get().serial
        assert asked[-1] == [str(serial)]

        passes.renew_google(serials=[serial], at=timezone.now())

        [token, patch] = far_google.asked
        assert token[:2] == ("POST", "/token")
        assert patch[:2] == ("PATCH", f"/v1/loyaltyObject/3388000000000000000.{serial.hex}")
        assert patch[2]["loyaltyPoints"]["balance"] == {"int": 30}
        assert patch[2]["authorization"] == "Bearer t-1"

    @pytest.mark.parametrize(("status", "is_refused"), [(200, False), (404, False), (503, True)])
    def test_takes_an_unsaved_card_for_no_failure(
        self, portal, far_google, shop, status, is_refused
    ):
        portal.get("/card/google/")
        far_google.status = status
        serials = [WalletPass.objects.get().serial]
        if is_refused:
            with pytest.raises(GoogleRefused):
                passes.renew_google(serials=serials, at=shop.opened_at)
        else:
            passes.renew_google(serials=serials, at=shop.opened_at)
