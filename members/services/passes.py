"""Cards in the phone's wallet: made for a member, kept up to date, voided when there is no more."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import uuid_utils.compat
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, override

from loyalty.errors import NotFound
from loyalty.selectors import balance_card
from members.models import Membership, WalletDevice, WalletPass
from members.passes import apple, google
from members.passes.face import Face
from members.selectors import account_of, card_number, tiers_of

Wallet = WalletPass.Wallet
LONGEST_TOKEN = 200


class PassUnknown(NotFound):
    """There is no such card in a wallet, or the caller may not have it."""

    code = "pass_unknown"


# --- What is offered ---------------------------------------------------------------------------


def offered() -> list[str]:
    """The wallets that the environment has keys for."""
    ready = {Wallet.APPLE: settings.WALLET_APPLE, Wallet.GOOGLE: settings.WALLET_GOOGLE}
    return [wallet.value for wallet, given in ready.items() if given]


def apple_pass(*, membership: Membership, service: str, at: datetime) -> bytes:
    """The member's card as a .pkpass file. Raises PassUnknown when Apple's keys are not there."""
    card = _card(membership, Wallet.APPLE, at)
    return _apple_file(card, membership, service, at)


def google_link(*, membership: Membership, at: datetime) -> str:
    """Where the member saves the card. Raises PassUnknown when Google's keys are not there."""
    card = _card(membership, Wallet.GOOGLE, at)
    return google.save_link(_face(card, membership, at), issuer=_issuer(), at=at)


def token_of(serial: UUID) -> str:
    """By what a phone proves that it has this pass: it is made from the serial, and never stored."""
    key = settings.SECRET_KEY.encode()
    return hmac.digest(key, b"trouw pass\0" + serial.bytes, "sha256").hex()


# --- What a phone asks -------------------------------------------------------------------------


def apple_pass_again(*, serial: UUID, token: str, service: str, at: datetime) -> bytes:
    """The newest file of a pass that a phone has. Raises PassUnknown, also for a wrong token."""
    card = _proved(serial, token)
    return _apple_file(card, card.membership, service, at)


def register_device(
    *, serial: UUID, token: str, device: str, push_token: str, at: datetime
) -> bool:
    """A phone wants to be told when the pass changes; whether it was new. Raises PassUnknown."""
    card = _proved(serial, token)
    _device, is_new = WalletDevice.objects.update_or_create(
        card=card,
        device=device,
        defaults={"push_token": push_token[:LONGEST_TOKEN], "registered_at": at},
    )
    return is_new


def forget_device(*, serial: UUID, token: str, device: str) -> None:
    """A phone has removed the pass. Raises PassUnknown."""
    WalletDevice.objects.filter(card=_proved(serial, token), device=device).delete()


def changed_passes(*, device: str, since: datetime | None) -> list[WalletPass]:
    """The passes on that phone that changed after a moment, the last changed last."""
    cards = WalletPass.objects.filter(devices__device=device, wallet=Wallet.APPLE)
    if since is not None:
        cards = cards.filter(changed_at__gt=since)
    return list(cards.order_by("changed_at", "serial"))


# --- Keeping up to date ------------------------------------------------------------------------


def mark_changed(*, subjects: Iterable[UUID], at: datetime) -> list[UUID]:
    """Passes of these holders, or members, show something else; the serials that Google is told."""
    whose = set(subjects)
    cards = WalletPass.objects.filter(
        Q(membership__holder__in=whose) | Q(membership__member__in=whose)
    )
    cards.update(changed_at=at)
    if settings.WALLET_GOOGLE is None:
        return []
    told = cards.filter(wallet=Wallet.GOOGLE)
    return list(told.order_by("serial").values_list("serial", flat=True))


def renew_google(*, serials: Iterable[UUID], at: datetime) -> None:
    """Tell Google what these cards should show now. Raises google.GoogleRefused."""
    cards = WalletPass.objects.select_related("membership__member", "membership__programme")
    found = list(cards.filter(serial__in=list(serials), wallet=Wallet.GOOGLE))
    if found:
        faces = [_face(card, card.membership, at) for card in found]
        google.renew(faces, issuer=_issuer(), at=at)


# --- How it is made ----------------------------------------------------------------------------


@transaction.atomic
def _card(membership: Membership, wallet: Wallet, at: datetime) -> WalletPass:
    if wallet not in offered():
        raise PassUnknown("This wallet is not offered.")
    card, _is_new = WalletPass.objects.get_or_create(
        membership=membership,
        wallet=wallet,
        defaults={"serial": uuid_utils.compat.uuid7(), "created_at": at, "changed_at": at},
    )
    return card


def _proved(serial: UUID, token: str) -> WalletPass:
    cards = WalletPass.objects.select_related("membership__member", "membership__programme")
    card = cards.filter(pk=serial, wallet=Wallet.APPLE).first()
    if card is None or not hmac.compare_digest(token_of(serial), token):
        raise PassUnknown("There is no such pass.")
    return card


def _apple_file(card: WalletPass, membership: Membership, service: str, at: datetime) -> bytes:
    if settings.WALLET_APPLE is None:
        raise PassUnknown("This wallet is not offered.")
    with override(membership.member.language):
        made_for = gettext("Card of %(programme)s") % {"programme": membership.programme.name}
        return apple.build(
            _face(card, membership, at),
            certificate=apple.Certificate(**settings.WALLET_APPLE),
            service=service,
            token=token_of(card.serial),
            made_for=made_for,
        )


def _issuer() -> google.Issuer:
    if settings.WALLET_GOOGLE is None:
        raise PassUnknown("This wallet is not offered.")
    return google.Issuer(**settings.WALLET_GOOGLE)


def _face(card: WalletPass, membership: Membership, at: datetime) -> Face:
    programme, member = membership.programme, membership.member
    points = balance_card(account_of(membership), at=at).points
    tiers = tiers_of(membership, "en" if member.language == "en" else "nl", at=at)
    tier = next((held for held in tiers if held.tier), None)
    number = card_number(member.pk)
    with override(member.language):
        return Face(
            serial=card.serial,
            programme=programme.name,
            programme_key=programme.slug,
            card_number=number,
            points=points,
            points_label=gettext("Points"),
            tier=tier.tier_name if tier else "",
            tier_label=tier.name if tier else "",
            number_label=gettext("Card"),
            colour=programme.brand_colour,
            accent=programme.accent_colour,
            logo=bytes(programme.logo) if programme.logo else None,
            is_voided=card.voided_at is not None or not number,
            notice=card.notice,
            notice_label=gettext("Message"),
        )
