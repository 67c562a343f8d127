"""Every operation of the API with another programme's things, without each scope, and without a key.

Generated out of the OpenAPI document: an operation that is not said here fails the test.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from config.api.schema import document
from loyalty.models import Programme
from loyalty.services.adjustments import adjust_points
from members.models import Activity, Membership, Visitor
from members.selectors import account_of
from members.services.visitors import remember_visitor
from rewards.codes import code_of
from rewards.models import Till as TillOfShop
from rewards.models import Voucher
from rewards.services.catalogue import publish_reward, save_reward
from rewards.services.redemption import redeem_reward
from rewards.services.tills import save_till
from tests.api.conftest import Till, till_of
from tests.api.test_activities import purchase
from tests.house.doors import everything_kept
from tests.members.canaries import MARKS, PERSON
from tests.members.shop import NOON, Shop, open_shop

THEIRS, OURS = "card:2990000000026", "card:2990000000019"
ALL = [
    "members:read", "members:write", "activities:write", "activities:read",
    "rewards:read", "redemptions:write", "vouchers:use", "quotes:read", "till:use",
    "offers:read", "offers:write", "campaigns:write", "events:read",
]  # fmt: skip
LINES = [{"product": "p-1", "amount": "10.00"}]
ENTRY = {
    "number": 1,
    "pack": 0,
    "kind": "SALE",
    "happened_at": "2026-11-22T12:00:00Z",
    "body": {"receipt": "r-1", "amount": "1.00", "member": THEIRS},
}
Asked = tuple[str, Any]  # the path below the API's root, and the body


@pytest.fixture
def theirs(db: None) -> Shop:
    """Another programme on the same house; its member's words are canaries."""
    other = open_shop("other", card=THEIRS, email=f"email:{PERSON['email']}")
    member = other.anna.member
    member.given_name, member.family_name = PERSON["given_name"], PERSON["family_name"]
    member.save()
    return other


@pytest.fixture
def asked(theirs: Shop) -> dict[str, Asked]:
    """What one would send to reach the other programme's member, by operation."""
    return {**_of_the_member(theirs), **_of_their_rewards(theirs)}


def _of_the_member(theirs: Shop) -> dict[str, Asked]:
    membership, now = theirs.anna, timezone.now()
    member = f"members/{membership.member_id}"
    identifier = membership.member.identifiers.get(value=THEIRS.removeprefix("card:"))
    activity = f"activities/{_bought(theirs)}"
    visitor = f"visitors/{_visitor(theirs)}"
    sale = purchase(member=THEIRS, external_id="mine-1")
    return {
        "record_activity": ("activities", sale),
        "record_activities": ("activities/batch", {"activities": [sale]}),
        "explain_activity": (f"{activity}/explanation", None),
        "report_fulfilment": (
            f"{activity}/fulfilment",
            {"event": "delivered", "occurred_at": now.isoformat()},
        ),
        "enrol_member": ("members", {"identifiers": [THEIRS]}),
        "find_member": (f"members?identifier={THEIRS}", None),
        "get_member": (member, None),
        "change_member": (member, {"given_name": "Mallory"}),
        "list_statement": (f"{member}/statement", None),
        "list_timeline": (f"{member}/timeline", None),
        "quote_basket": ("quotes", {"member": THEIRS, "lines": LINES}),
        "list_consents": (f"{member}/consents", None),
        "record_consent": (f"{member}/consents", {"purpose": "OFFERS", "is_given": False}),
        "list_answers": (f"{member}/answers", None),
        "answer_question": (f"{member}/answers", {"field": "birthday", "value": "1980-01-01"}),
        "forget_visitor": (visitor, None),
        "keep_visitor_deed": (
            f"{visitor}/deeds",
            {"type": "visit", "external_id": "v-1", "occurred_at": now.isoformat()},
        ),
        "know_visitor": (f"{visitor}/member", {"member": OURS}),
        "merge_member": (f"{member}/merge", {"other": str(membership.member_id), "reason": "So"}),
        "part_merge": (f"merges/{membership.member_id}/part", {"reason": "So"}),
        "list_identifiers": (f"{member}/identifiers", None),
        "add_identifier": (f"{member}/identifiers", {"identifier": "ext:crm:1"}),
        "remove_identifier": (f"{member}/identifiers/{identifier.pk}", None),
        "block_identifier": (f"{member}/identifiers/block", {"identifier": identifier.pk}),
    }


def _of_their_rewards(theirs: Shop) -> dict[str, Asked]:
    membership = theirs.anna
    voucher = _voucher(theirs.programme, membership)
    code, redemption = code_of(voucher.pk), f"redemptions/{voucher.redemption_id}"
    return {
        "list_rewards": (f"rewards?member={membership.member_id}", None),
        "list_offers": (f"offers?member={membership.member_id}", None),
        "dismiss_offer": ("offers/kanarie/dismiss", {"member": str(membership.member_id)}),
        "put_in_campaign": ("campaigns/kanarie/members", {"member": str(membership.member_id)}),
        "redeem_reward": (
            "redemptions",
            {"member": str(membership.member_id), "reward": "kanarie"},
        ),
        "get_redemption": (redemption, None),
        "capture_redemption": (f"{redemption}/capture", {}),
        "cancel_redemption": (f"{redemption}/cancel", {}),
        "check_voucher": ("vouchers/check", {"code": code}),
        "use_voucher": ("vouchers/use", {"code": code}),
        "reserve_voucher": ("vouchers/reserve", {"code": code, "basket": "b-1"}),
        "release_voucher": ("vouchers/release", {"code": code, "basket": "b-1"}),
        "get_till_pack": (f"till/pack?till={_till(theirs).key}", None),
        "upload_till_journal": ("till/journal", {"till": "theirs", "entries": [ENTRY]}),
        "till_lookup": ("till/lookup", {"till": "theirs", "code": code}),
        "till_quote": ("till/quote", {"till": "theirs", "amount": "1.00"}),
        "till_commit": ("till/commit", {"till": "theirs", "receipt": "1", "amount": "1.00"}),
        "till_cancel": ("till/cancel", {"till": "theirs", "receipt": "1"}),
        "get_till_reconciliation": ("till/reconciliation?till=theirs&day=2026-11-22", None),
    }


# Nothing of anybody's stands in what is asked; a guest and a visitor are new, `me` is by a token.
OF_NOBODY: dict[str, Asked] = {
    "keep_guest_sale": ("guest-sales", {}),
    "remember_visitor": ("visitors", {"text_version": "1"}),
    "get_me": ("me", None),
    "list_events": ("events", None),  # what another programme's say: tests/webhooks/test_feed.py
}
ANSWERED = {"record_activities": 200}  # line by line; each line is refused


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Id, method and description of each."""
    for path in document()["paths"].values():
        for method, operation in path.items():
            yield operation["operationId"], method, operation


METHODS = {name: method for name, method, _described in operations()}
SCOPES = {name: described["x-scope"] for name, _method, described in operations()}


def _bought(shop: Shop) -> UUID:
    till_of(shop, "theirs").post("activities", purchase(member=THEIRS, external_id="b-9"))
    return Activity.objects.get(membership=shop.anna).pk


def _visitor(shop: Shop) -> UUID:
    visitor: Visitor = remember_visitor(
        programme_id=shop.programme.pk, text_version="1", at=timezone.now()
    )
    return visitor.pk


def _till(shop: Shop) -> TillOfShop:
    return save_till(
        programme_id=shop.programme.pk, key="theirs", name="Kassa", location="Ede", actor="staff:1",
        at=NOON,
    )  # fmt: skip


def _voucher(programme: Programme, membership: Membership) -> Voucher:
    reward = save_reward(
        programme_id=programme.pk, key="kanarie", name_nl="Kanarie", name_en="Kanarie", points=1,
        actor="staff:1", at=NOON,
    )  # fmt: skip
    publish_reward(reward_id=reward.pk, actor="staff:1", at=NOON)
    adjust_points(
        account_id=account_of(membership), points=50, reason="Goodwill", actor="staff:1", at=NOON,
        key="k",
    )  # fmt: skip
    redeemed = redeem_reward(
        membership_id=membership.pk, reward_id=reward.pk, request_key="k", channel="portal",
        actor="member:1", at=NOON,
    )  # fmt: skip
    return Voucher.objects.get(redemption=redeemed)


def send(key: str, name: str, asked: Asked) -> Any:
    path, body = asked
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    headers["Idempotency-Key"] = f"k-{name}"
    more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    http = Client(raise_request_exception=False)
    return getattr(http, METHODS[name])(f"/api/v1/{path}", headers=headers, **more)


def kept() -> dict[str, str]:
    """But for the asker's kept answers and wrong guesses, and the rules as they were when first read."""
    askers = {"public.loyalty_keptanswer", "public.loyalty_ruleset", "public.rewards_wrongguess"}
    return {table: rows for table, rows in everything_kept().items() if table not in askers}


@pytest.mark.django_db
class TestAnotherProgramme:
    def test_is_tried_with_every_operation(self, asked: dict[str, Asked]) -> None:
        assert {*asked, *OF_NOBODY} == set(METHODS)

    @pytest.mark.parametrize("name", sorted(set(METHODS) - set(OF_NOBODY)))
    def test_learns_nothing_and_changes_nothing(
        self, till: Till, shop: Shop, asked: dict[str, Asked], name: str
    ) -> None:
        key = till_of(shop, "all", ALL).key
        before = kept()

        answer = send(key, name, asked[name])

        said = answer.content + str(dict(answer.headers)).encode()
        own = [str(asked[name]), THEIRS, THEIRS.removeprefix("card:")]
        for each in own:  # what was asked may be said again
            said = said.replace(each.encode(), b"")
        assert MARKS.findall(said) == []
        assert (answer.status_code in {400, 404, 409, 422}) or name in ANSWERED, answer.content
        assert kept() == before


@pytest.mark.django_db
class TestScopes:
    @pytest.mark.parametrize("name", sorted(set(METHODS) - {"get_me"}))
    def test_are_wanted_one_by_one(self, shop: Shop, asked: dict[str, Asked], name: str) -> None:
        key = till_of(shop, "less", [scope for scope in ALL if scope != SCOPES[name]]).key
        before = everything_kept()

        answer = send(key, name, {**asked, **OF_NOBODY}[name])

        assert SCOPES[name] in ALL
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        assert everything_kept() == before

    @pytest.mark.parametrize("name", sorted(METHODS))
    def test_and_a_key(self, asked: dict[str, Asked], name: str) -> None:
        before = everything_kept()

        answer = send("", name, {**asked, **OF_NOBODY}[name])

        assert answer.status_code == 401
        assert everything_kept() == before


@pytest.mark.django_db
class TestTheMatrixItself:
    def test_finds_and_changes_what_is_the_askers_own(
        self, theirs: Shop, asked: dict[str, Asked]
    ) -> None:
        """With the programme's own key the same requests find the member and change things."""
        key = till_of(theirs, "own", ALL).key
        before = kept()

        answers = {name: send(key, name, sent) for name, sent in asked.items()}

        found = {name for name, answer in answers.items() if answer.status_code < 300}
        assert found >= {"get_member", "list_statement", "change_member", "check_voucher"}
        assert MARKS.search(answers["get_member"].content)
        assert kept() != before
