"""One phone, one address, eight tills at once: one member comes of it."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from loyalty.models import Account
from members.models import Identifier, Member, Membership, User
from members.services.cards import add_identifier
from members.services.enrolment import enrol_member, enrol_or_find, member_for_login
from tests.concurrency.racing import Deed, race
from tests.members.shop import NOON, Shop, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

RUNNERS = 8
WRITTEN = [
    "email:bo@example.nl",
    "email:BO@Example.nl",
    "email: bo@example.NL ",
    "EMAIL:Bo@example.nl",
]
DIALLED = ["phone:06-12345678", "phone:+31 6 12345678", "phone:0031612345678", "phone:06 1234 5678"]
TILL: dict[str, Any] = {"touchpoint": "till", "actor": "test", "at": NOON}


def enrolled(shop: Shop, *identifiers: str) -> str:
    return str(
        enrol_member(programme_id=shop.programme.pk, identifiers=identifiers, **TILL).member_id
    )


def found(shop: Shop, *identifiers: str) -> str:
    membership, _is_new = enrol_or_find(
        programme_id=shop.programme.pk, identifiers=identifiers, **TILL
    )
    return str(membership.member_id)


def added(member_id: UUID, identifier: str) -> str:
    add_identifier(member_id=member_id, identifier=identifier, actor="test", at=NOON)
    return "added"


def signed_in(shop: Shop, user: User, completes: UUID) -> str:
    membership = member_for_login(
        user_id=user.pk,
        email=user.email,
        programme_id=shop.programme.pk,
        touchpoint="portal",
        language="nl",
        completes=completes,
        at=NOON,
    )
    return str(membership.member_id)


def at_once(deeds: list[Deed]) -> list[str]:
    return [str(answer) for [answer] in race([[deed] for deed in deeds])]


@pytest.mark.parametrize("ways", [WRITTEN, DIALLED])
class TestEightRegistrationsAtOnce:
    def test_make_one_member_however_it_is_written(self, ways: list[str]) -> None:
        shop = open_shop()

        answers = at_once([partial(enrolled, shop, way) for way in ways * 2])

        assert answers.count("IdentifierTaken") == RUNNERS - 1
        assert Member.objects.count() == Membership.objects.count() == 2  # Anna is the other
        assert Account.objects.filter(kind="MEMBER").count() == 2

    def test_all_find_that_one_when_they_ask_for_it(self, ways: list[str]) -> None:
        shop = open_shop()

        answers = at_once([partial(found, shop, way) for way in ways * 2])

        [one] = set(answers)
        assert str(Member.objects.exclude(pk=shop.anna.member_id).get().pk) == one
        assert Membership.objects.count() == 2


class TestOneNumberForTwoMembers:
    def test_is_given_to_one_of_them(self) -> None:
        shop = open_shop()
        others = [UUID(enrolled(shop, f"ext:crm:{n}")) for n in range(4)]

        answers = at_once([partial(added, other, "phone:0612345678") for other in others])

        assert sorted(answers) == ["IdentifierTaken"] * 3 + ["added"]
        assert Identifier.objects.filter(kind="PHONE").count() == 1


class TestOneLinkOnTwoPhones:
    def test_completes_for_the_one_who_was_first(self) -> None:
        shop = open_shop()
        begun = enrolled(shop)
        logins = [User.objects.create_user(f"bo{n}@example.nl") for n in range(4)]

        answers = at_once([partial(signed_in, shop, login, UUID(begun)) for login in logins])

        assert answers.count(begun) == 1
        assert len(set(answers)) == 4
        assert Member.objects.get(pk=begun).user is not None
