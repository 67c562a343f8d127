"""docs/till.md runs: each curl on the page, as it stands there, through a live server."""

import re
import subprocess
from pathlib import Path

import pytest
from django.utils import timezone

from loyalty.models import ApiClient
from loyalty.services.api_clients import issue_key, register_client
from members.services.activities import record_activity
from members.types import ActivitySubmission
from rewards.services.catalogue import publish_reward, save_reward
from rewards.services.tills import save_till
from tests.members.shop import CARD, Shop, open_shop

PAGE = Path(__file__).resolve().parents[2] / "docs" / "till.md"


def commands() -> list[str]:
    """The blocks that call; the first one says where and with what key."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in blocks if block.startswith("curl")]


def open_till(shop: Shop) -> str:
    """A till with a connection of its own; its key."""
    client = register_client(
        programme_id=shop.programme.pk, name="till", kind=ApiClient.Kind.TILL, scopes=["till:use"]
    )
    save_till(
        programme_id=shop.programme.pk, key="kassa-1", name="Kassa 1", location="Utrecht",
        client_id=client.pk, actor="staff:1", at=timezone.now(),
    )  # fmt: skip
    return issue_key(client_id=client.pk, at=timezone.now())


def let_pay_with_points(shop: Shop) -> None:
    now = timezone.now()
    reward = save_reward(
        programme_id=shop.programme.pk, key="pay", kind="TENDER", points=0, name_nl="Betalen",
        name_en="Pay", terms={"point_worth": "0.01"}, actor="staff:1", at=now,
    )  # fmt: skip
    publish_reward(reward_id=reward.pk, actor="staff:1", at=now)
    bought = ActivitySubmission(
        type="purchase", member=CARD, external_id="before", source="before", occurred_at=now,
        amount="300.00",
    )  # fmt: skip
    record_activity(book=shop.book, submission=bought, actor="test", at=now)


@pytest.mark.django_db(transaction=True)
class TestThePage:
    def test_does_what_it_says(self, live_server):
        shop = open_shop()
        key = open_till(shop)
        let_pay_with_points(shop)

        answers = []
        for command in commands():
            script = f"TROUW={live_server.url}/api/v1\nKEY={key}\n{command.strip()} -w '\\n%{{http_code}}'"
            done = subprocess.run(
                ["bash", "-c", script], capture_output=True, text=True, check=True, timeout=60
            )
            answers.append(done.stdout.rsplit("\n", 1))

        assert [status for _body, status in answers] == ["200"] * 6
        said = [body for body, _status in answers]
        assert '"given_name":"Anna"' in said[0]
        assert '"to_pay":"58.00"' in said[1]
        assert '"to_pay":"58.00"' in said[2]
        assert '"earned":0' in said[3]
        assert '"given_back":200' in said[4]
        assert said[5].startswith("kind,receipt,state")
