"""An address that was typed and not proved leads to nobody."""

from allauth.account.models import EmailAddress
from django.test import Client

from members.models import Member, Membership, User
from members.services.enrolment import enrol_member
from tests.portal.shop import STAFF, Shop

ADDRESS = "kim@example.nl"


def test_a_login_with_an_unproved_address_does_not_become_the_member_of_the_till(
    client: Client, shop: Shop
) -> None:
    known = enrol_member(
        programme_id=shop.programme.pk, identifiers=[f"email:{ADDRESS}"], touchpoint="till",
        actor=STAFF, at=shop.opened_at,
    )  # fmt: skip
    mallory = User.objects.create_user("mallory@example.nl")
    EmailAddress.objects.create(user=mallory, email=ADDRESS, verified=False, primary=True)
    client.force_login(mallory, "allauth.account.auth_backends.AuthenticationBackend")

    client.post("/join/")

    assert Member.objects.get(pk=known.member_id).user is None
    assert not Member.objects.filter(user=mallory).exists()
    assert Membership.objects.count() == 1
