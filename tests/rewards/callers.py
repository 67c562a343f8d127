"""Clients of the API, as webshops and tills are, for the tests of the rewards' addresses."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from loyalty.models import ApiClient
from loyalty.services.api_clients import issue_key, register_client
from members.models import Membership
from rewards.models import Reward
from tests.rewards.shop import NOON

SCOPES = ["rewards:read", "redemptions:write", "vouchers:use", "quotes:read"]


class Shop:
    """A client of the API; every write has a new Idempotency-Key unless one is given."""

    def __init__(self, programme_id: int, name: str, scopes: list[str]) -> None:
        client = register_client(
            programme_id=programme_id, name=name, kind=ApiClient.Kind.WEBSHOP, scopes=scopes
        )
        self.client_id = client.pk
        self.http = APIClient()
        self.http.credentials(
            HTTP_AUTHORIZATION=f"Bearer {issue_key(client_id=client.pk, at=NOON)}"
        )
        self.sent = 0

    def get(self, path: str, **query: str) -> Any:
        return self.http.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> Any:
        self.sent += 1
        headers = {"Idempotency-Key": f"sent-{self.sent}" if key is None else key}
        return self.http.post(f"/api/v1/{path}", body, format="json", headers=headers)


@pytest.fixture
def shop_factory(programme) -> Callable[..., Shop]:
    def make(name: str = "webshop", *, within=programme, scopes=SCOPES) -> Shop:
        return Shop(within.pk, name, scopes)

    return make


@pytest.fixture
def shop(shop_factory) -> Shop:
    return shop_factory()


def wanted(membership: Membership, reward: Reward, /, **changes: Any) -> dict[str, Any]:
    return {"member": str(membership.member_id), "reward": reward.key} | changes
