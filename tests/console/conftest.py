from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from config.roles import ensure_roles
from loyalty.models import Programme
from loyalty.services.accounts import open_programme
from loyalty.services.registry import register_categories, register_locations
from loyalty.services.rulebook import current_rulebook
from members.models import Membership, User
from members.services.activities import record_activity
from members.services.enrolment import enrol_member
from members.types import ActivitySubmission, LineSubmission, RecordedActivity

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSWORD = "a long enough password"
Buy = Callable[..., RecordedActivity]


@pytest.fixture(autouse=True)
def _in_english(client: Client) -> None:
    client.cookies["django_language"] = "en"


@pytest.fixture
def programme(db: None) -> Programme:
    programme = open_programme(
        programme=Programme(slug="shop", name="Kleur & Co", point_worth=Decimal("0.01")),
        expiry={"kind": "term", "months": 24},
        at=NOON,
    ).programme
    register_categories(
        programme_id=programme.pk,
        words={
            "paint": {"nl": "Verf", "en": "Paint"},
            "wallpaper": {"nl": "Behang", "en": "Wallpaper"},
        },
    )
    register_locations(programme_id=programme.pk, names=["Utrecht"])
    return programme


@pytest.fixture
def sign_in(client: Client, programme: Programme) -> Callable[..., User]:
    """Sign in as a colleague in this role, or as staff without any."""
    ensure_roles()

    def sign_in(role: str = "") -> User:
        user = User.objects.create_user(f"{role or 'nobody'}@shop.nl".replace(" ", "-"), PASSWORD)
        user.is_staff = True
        user.save()
        user.groups.set(Group.objects.filter(name=role))
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return user

    return sign_in


@pytest.fixture
def anna(programme: Programme) -> Membership:
    return enrol_member(
        programme_id=programme.pk,
        identifiers=["card:2990000000019", "email:anna@example.nl"],
        given_name="Anna",
        family_name="de Vries",
        touchpoint="api",
        location="Utrecht",
        actor="api:till",
        at=NOON - timedelta(days=90),
    )


@pytest.fixture
def buy(programme: Programme) -> Buy:
    """A purchase at the till, by the rules that are live."""

    def buy(
        amount: str = "50.00", *, receipt: str = "4711", category: str = "paint"
    ) -> RecordedActivity:
        submission = ActivitySubmission(
            type="purchase",
            member="card:2990000000019",
            source="till",
            external_id=receipt,
            occurred_at=NOON,
            channel="store",
            location="Utrecht",
            lines=(LineSubmission(product="emulsion", amount=amount, category=category),),
        )
        book = current_rulebook(programme_id=programme.pk)
        return record_activity(book=book, submission=submission, actor="api:till", at=NOON)

    return buy
