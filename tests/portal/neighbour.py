"""Bo, whose every word is a canary and who has one of everything; and another programme's things."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from allauth.idp.oidc.models import Client as App
from allauth.idp.oidc.models import Token
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Model
from django.test import Client

from campaigns.messaging.links import Use, sign
from loyalty.models import Programme
from loyalty.services.accounts import open_programme
from loyalty.services.adjustments import adjust_points
from loyalty.services.rulebook import current_rulebook
from members.models import Membership, Message, User, WalletPass
from members.selectors import account_of
from members.services.completion import completion_token
from members.services.guest_sales import claim_token, keep_guest_sale
from members.services.questions import Question, ask_question, save_question
from members.services.sign_in_clients import register_sign_in_client
from members.types import ActivitySubmission, LineSubmission
from rewards.models import Grant, Redemption, Voucher
from rewards.services.catalogue import publish_reward, save_reward
from rewards.services.giving import give
from rewards.services.redemption import redeem_reward
from tests.members.asking import BIRTHDAY
from tests.portal.shop import STAFF, Shop

EMAIL = "bo.kanarie@example.nl"
CANARY = "kanarie"


@dataclass(frozen=True)
class Neighbour:
    """Bo, and what stands in addresses that are not the visitor's."""

    membership: Membership
    user: User
    app: App
    parts: dict[str, object]

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All that is Bo's, row by row."""
        of: list[tuple[type[Model], dict[str, Any]]] = [
            (type(self.membership.member), {"pk": self.membership.member_id}),
            (Membership, {"pk": self.membership.pk}),
            (User, {"pk": self.user.pk}),
        ]
        owners: dict[type[Model], object] = {
            type(self.membership.member): self.membership.member_id
        }
        owners |= {Membership: self.membership.pk, User: self.user.pk}
        for owner, pk in owners.items():
            of += [
                (relation.related_model, {relation.field.name: pk})
                for relation in owner._meta.related_objects
                if relation.related_model._meta.managed
            ]
        return {
            f"{model._meta.label}.{next(iter(which))}": list(
                model._default_manager.filter(**which).order_by("pk").values()
            )
            for model, which in of
        }


def move_in(shop: Shop, at: datetime) -> Neighbour:
    """Bo joins, and does once all that a member can do."""
    membership = shop.enrol(
        EMAIL,
        identifiers=[f"email:{EMAIL}", "card:2990000000026"],
        given_name="Kanarina",
        family_name="Geelvink-Kanarie",
    )
    user = User.objects.get(email=EMAIL)
    Client().force_login(user)
    other = _another_programme(at)
    app, _secret = register_sign_in_client(
        name="Kanariewinkel", redirect_uris=["https://bo.example/"], scopes=["profile"],
        is_public=False,
    )  # fmt: skip
    Token.objects.create(
        user=user, client=app, type=Token.Type.ACCESS_TOKEN, hash="k" * 64,
        expires_at=at + timedelta(days=1),
    )  # fmt: skip
    return Neighbour(
        membership,
        user,
        app,
        {
            "<int:message_id>": _message(membership, at).pk,
            "<int:session_id>": _session(user).pk,
            "<int:pk>": _passkey(user).pk,
            "<str:client_id>": app.pk,
            "<uuid:redemption_id>": (redeemed := _redeemed(shop, membership, at)),
            "<uuid:voucher_id>": Voucher.objects.get(redemption=redeemed).pk,
            "<uuid:grant_id>": _gift(shop, membership, at).pk,
            "<uuid:serial>": _wallet_pass(membership, at).serial,
            "<str:device>": "kanarie-telefoon",
            "<str:pass_type>": "pass.nl.kleur",
            "claim/<str:token>": f"claim/{_sale_of(other, at)}",
            "complete/<str:token>": f"complete/{completion_token(membership.member_id)}",
            # Who holds the link of a message may stop it; these are Bo's, signed for another use.
            "m/<str:token>": f"m/{sign(uuid4(), Use.STOP)}",
            "stop/<str:token>": f"stop/{sign(uuid4(), Use.LINK)}",
            "<str:file>/<int:number>": "20261122-120000-1/0",  # nobody's: the demo is off
            "offers/<slug:key>": "offers/kanarie",
            "rewards/<slug:key>": "rewards/kanarie",
            "me/questions/<slug:key>": "me/questions/kanarie",
            "j/<slug:key>": "j/nothing",
            "<int:size>": 192,
            "^(?P<provider_id>[^/]+)/": "nothing/",
        },
    )


def _message(membership: Membership, at: datetime) -> Message:
    return Message.objects.create(
        membership=membership, key="k", kind="service", sent_at=at,
        title_nl="kanarie-bericht", title_en="kanarie-bericht", text_nl=CANARY, text_en=CANARY,
    )  # fmt: skip


def _session(user: User) -> UserSession:
    return UserSession.objects.create(
        user=user, ip="192.0.2.77", session_key="k" * 32, user_agent="Kanarie/1.0"
    )


def _passkey(user: User) -> Authenticator:
    data = {"name": "kanarie-sleutel", "credential": {}}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def _wallet_pass(membership: Membership, at: datetime) -> WalletPass:
    return WalletPass.objects.create(
        serial=uuid4(), membership=membership, wallet="APPLE", created_at=at, changed_at=at
    )


def _redeemed(shop: Shop, membership: Membership, at: datetime) -> UUID:
    reward = shop.reward("brush", 100)
    adjust_points(
        account_id=account_of(membership), points=500, reason="kanarie-opmerking", actor=STAFF,
        at=at, key="bo",
    )  # fmt: skip
    redeemed: Redemption = redeem_reward(
        membership_id=membership.pk, reward_id=reward.pk, request_key="bo", channel="portal",
        actor="member:bo", at=at,
    )  # fmt: skip
    return redeemed.pk


def _gift(shop: Shop, membership: Membership, at: datetime) -> Grant:
    """Something that waits to be taken, for it has to be sent."""
    terms = {"ways": ["SHIP"]}
    bag = shop.reward("kanarietas", 100, is_listed=False, kind="GIFT", terms=terms)
    return give(
        membership_id=membership.pk, key="kanarie", reward=bag, actor=STAFF, at=at,
        reason={"nl": "Omdat je een kanarie hebt", "en": "Because you have a kanarie"},
    )  # fmt: skip


def _another_programme(at: datetime) -> Programme:
    """With a reward and a question that nobody of the portal's programme has to do with."""
    other = Programme(slug="other", name="Kanarie BV")
    open_programme(programme=other, expiry={"kind": "term", "months": 24}, at=at)
    reward = save_reward(
        programme_id=other.pk, key="kanarie", name_nl="Kanarie", name_en="Kanarie", points=1,
        actor=STAFF, at=at,
    )  # fmt: skip
    publish_reward(reward_id=reward.pk, actor=STAFF, at=at)
    asked = Question(**{**BIRTHDAY, "key": "kanarie", "label_en": "Kanarie?"})
    field = save_question(programme_id=other.pk, question=asked, actor=STAFF, at=at)
    ask_question(field_id=field.pk, actor=STAFF, at=at)
    return other


def _sale_of(programme: Programme, at: datetime) -> str:
    submission = ActivitySubmission(
        type="purchase", member="", source="kassa", external_id="k-9",
        occurred_at=at - timedelta(hours=3), location="Kanarie",
        lines=(LineSubmission(product="kanarie", amount="30.95"),),
    )  # fmt: skip
    sale, _known = keep_guest_sale(
        book=current_rulebook(programme_id=programme.pk), submission=submission, receipt="4711",
        actor="api:kassa", at=at,
    )  # fmt: skip
    return claim_token(sale)
