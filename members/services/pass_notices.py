"""Short messages on the cards in members' wallets: at most three a day on each card."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import requests
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from members.models import WalletDevice, WalletPass
from members.passes import google

MOST_A_DAY: Final = 3
_DAY: Final = timedelta(hours=24)

TOO_MANY: Final = "too_many"
NO_CARD: Final = "no_address"
REFUSED: Final = "refused"

Wallet = WalletPass.Wallet
log = structlog.get_logger()


class PassNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What a member is told on every card of a membership; `key` names the message."""

    membership_id: int
    key: str
    text: str


def with_live_passes(*, member_ids: Collection[UUID]) -> set[UUID]:
    """Those of the members who have a card in a wallet that can still be told something."""
    cards = _live().filter(membership__member__in=member_ids)
    return set(cards.values_list("membership__member_id", flat=True))


def put_notices(*, notices: Sequence[PassNotice], at: datetime, is_pretended: bool) -> list[str]:
    """Put each on its member's cards; for each, in order, why not, or nothing when it is there.

    Google is told at once; an Apple phone gets it with the pass when it asks. A card that was told
    three things in 24 hours is told no more ("too_many"). `is_pretended` calls nobody.
    """
    taken = [_taken(notice, at) for notice in notices]
    asked = [
        google.Notice(serial=card.pk, key=notice.key, header=_header(card), text=notice.text)
        for notice, (cards, _reason) in zip(notices, taken, strict=True)
        for card in cards
        if card.wallet == Wallet.GOOGLE and not is_pretended
    ]
    lost = _lost(asked, at)
    return [
        reason or ("" if any((card.pk, n.key) not in lost for card in cards) else REFUSED)
        for n, (cards, reason) in zip(notices, taken, strict=True)
    ]


def _live() -> QuerySet[WalletPass]:
    """Cards that are not void, and are on a phone as far as we can know."""
    on_a_phone = Exists(WalletDevice.objects.filter(card=OuterRef("pk")))
    return WalletPass.objects.filter(Q(wallet=Wallet.GOOGLE) | on_a_phone, voided_at=None)


@transaction.atomic
def _taken(notice: PassNotice, at: datetime) -> tuple[list[WalletPass], str]:
    """Write it on the cards that have room for it today; none, and why, when there are none."""
    cards = list(
        _live()
        .filter(membership=notice.membership_id)
        .order_by("serial")
        .select_for_update(of=("self",))
        .select_related("membership__programme")
    )
    if not cards:
        return [], NO_CARD
    free = [card for card in cards if len(_lately(card.noticed_at, at)) < MOST_A_DAY]
    for card in free:
        card.notice, card.changed_at = notice.text, at
        card.noticed_at = [*_lately(card.noticed_at, at), at]
        card.save(update_fields=["notice", "changed_at", "noticed_at"])
    return free, "" if free else TOO_MANY


def _lately(moments: Iterable[datetime], at: datetime) -> list[datetime]:
    return [moment for moment in moments if moment > at - _DAY]


def _header(card: WalletPass) -> str:
    return card.membership.programme.name


def _lost(asked: Sequence[google.Notice], at: datetime) -> set[tuple[UUID, str]]:
    """Those that Google did not take."""
    if not asked:
        return set()
    took = [False] * len(asked)
    if settings.WALLET_GOOGLE is not None:
        try:
            took = google.tell(asked, issuer=google.Issuer(**settings.WALLET_GOOGLE), at=at)
        except (google.GoogleRefused, requests.RequestException, ValueError) as error:
            log.warning("wallet_refused", error=type(error).__name__)
    return {(one.serial, one.key) for one, ok in zip(asked, took, strict=True) if not ok}
