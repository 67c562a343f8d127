import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from loyalty.models import ApiClient
from loyalty.services.api_clients import issue_key, register_client
from tests.members.shop import NOON, Shop, open_shop

SCOPES = ["members:read", "members:write", "activities:write", "activities:read"]
TABLES = [
    "loyalty_account",
    "loyalty_transfer",
    "loyalty_lot",
    "loyalty_lotmove",
    "loyalty_outboxevent",
    "loyalty_keptanswer",
    "members_member",
    "members_membership",
    "members_identifier",
    "members_consent",
    "members_activity",
    "members_activityline",
    "members_timelineentry",
]


@dataclass
class Till:
    """A client of the API with its key."""

    key: str
    http: Client

    def post(self, path: str, body: Any, **headers: str) -> Any:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.http.post(
            f"/api/v1/{path}",
            raw,
            content_type=headers.pop("content_type", "application/json"),
            headers={"Authorization": f"Bearer {self.key}"} | headers,
        )

    def patch(self, path: str, body: Any) -> Any:
        return self.http.patch(
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}"},
        )

    def delete(self, path: str) -> Any:
        return self.http.delete(f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.key}"})

    def get(self, path: str, **headers: str) -> Any:
        return self.http.get(
            f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.key}"} | headers
        )


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


def till_of(shop: Shop, name: str = "kassa", scopes: list[str] = SCOPES) -> Till:
    client = register_client(
        programme_id=shop.programme.pk, name=name, kind=ApiClient.Kind.TILL, scopes=scopes
    )
    return Till(issue_key(client_id=client.pk, at=NOON), Client(raise_request_exception=False))


@pytest.fixture
def till(shop: Shop) -> Till:
    return till_of(shop)


def everything() -> dict[str, str]:
    """A fingerprint of all rows of every business table."""
    with connection.cursor() as cursor:
        prints = {}
        for table in TABLES:
            cursor.execute(f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t")
            prints[table] = cursor.fetchone()[0]
    return prints
