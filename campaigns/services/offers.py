"""Offers: made and stopped by staff; chosen, followed and put away for a member."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from campaigns.errors import OfferUnknown
from campaigns.models import Campaign, Offer, OfferContact, Participant
from campaigns.offers.choosing import Chosen, choose
from campaigns.selectors import offers_and_facts
from loyalty.errors import InvalidRequest, NotFound
from loyalty.services.held_tiers import tier_keys, tier_names
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.types import Words
from members.models import Membership
from members.selectors import account_of
from rewards.models import Reward

State = Offer.State
ON_HOME = 3
MOST = 50


class OfferDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What staff say of an offer. Empty lists: about nothing in particular, for everybody."""

    key: str
    title_nl: str
    title_en: str
    text_nl: str
    text_en: str
    reward_id: int | None = None
    rule: str = ""
    link: str = ""
    categories: Sequence[str] = ()
    brands: Sequence[str] = ()
    locations: Sequence[str] = ()
    tiers: Sequence[str] = ()
    segments: Sequence[str] = ()
    campaign_id: int | None = None
    weight: int = 50
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class ChosenOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as one member sees it, and why they do."""

    key: str
    title: Words
    text: Words
    why: Words
    reward: str = ""
    link: str = ""
    ends_at: datetime | None = None
    last_shown_on: date | None = None


# --- By staff ------------------------------------------------------------------------------------


@transaction.atomic
def save_offer(
    *,
    programme_id: int,
    offer: OfferDraft,
    actor: str,
    at: datetime,
    offer_id: int | None = None,
) -> Offer:
    """Draft an offer, or with `offer_id` change it; a live one says so from now on.

    Raises NotFound for an offer, reward or campaign of another programme, and InvalidRequest with
    the field that is wrong.
    """
    kept = Offer(programme_id=programme_id, key=offer.key)
    if offer_id is not None:
        kept = _locked(programme_id, offer_id)
        if kept.key != offer.key:
            raise InvalidRequest("An offer keeps its key.", field="key")
    _check(programme_id, offer)
    for name, value in msgspec.structs.asdict(offer).items():
        setattr(kept, name, list(value) if isinstance(value, list | tuple) else value)
    _clean(kept)
    kept.save()
    return kept


@transaction.atomic
def publish_offer(*, programme_id: int, offer_id: int, actor: str, at: datetime) -> Offer:
    """Show it from now on, or from its first day. Raises NotFound, and InvalidRequest for one of a
    reward that is not live.
    """
    offer = _locked(programme_id, offer_id)
    if offer.reward is not None and offer.reward.state != Reward.State.LIVE:
        raise InvalidRequest("Publish the reward of the offer first.", field="reward")
    return _set_state(offer, State.LIVE)


@transaction.atomic
def stop_offer(*, programme_id: int, offer_id: int, actor: str, at: datetime) -> Offer:
    """Show it to nobody any more; what members did with it stays known. Raises NotFound."""
    return _set_state(_locked(programme_id, offer_id), State.STOPPED)


@transaction.atomic
def copy_offer(*, programme_id: int, offer_id: int, key: str, actor: str, at: datetime) -> Offer:
    """Draft one that says the same, without its days. Raises NotFound and InvalidRequest."""
    offer = _locked(programme_id, offer_id)
    offer.pk, offer.key, offer.state = None, key, State.DRAFT
    offer.starts_at = offer.ends_at = None
    _clean(offer)
    offer.save(force_insert=True)
    return offer


def _set_state(offer: Offer, state: str) -> Offer:
    offer.state = state
    offer.save(update_fields=["state"])
    return offer


def _locked(programme_id: int, offer_id: int) -> Offer:
    offers = Offer.objects.select_for_update(of=("self",), no_key=True).select_related("reward")
    offer = offers.filter(programme_id=programme_id, pk=offer_id).first()
    if offer is None:
        raise NotFound("There is no such offer.", field="offer")
    return offer


def _check(programme_id: int, offer: OfferDraft) -> None:
    rewards = Reward.objects.filter(programme_id=programme_id)
    if offer.reward_id is not None and not rewards.filter(pk=offer.reward_id).exists():
        raise NotFound("There is no such reward.", field="reward")
    campaigns = Campaign.objects.filter(programme_id=programme_id)
    if offer.campaign_id is not None and not campaigns.filter(pk=offer.campaign_id).exists():
        raise NotFound("There is no such campaign.", field="campaign")
    if offer.link and not _is_own(offer.link):
        raise InvalidRequest("A link is a page of ours, or begins with https://.", field="link")
    if offer.starts_at and offer.ends_at and offer.ends_at <= offer.starts_at:
        raise InvalidRequest("It ends after it begins.", field="ends_at")


def _is_own(link: str) -> bool:
    """A page of the portal, or an address that is safe to follow."""
    is_here = link.startswith("/") and not link.startswith(("//", "/\\"))
    return is_here or link.startswith("https://")


def _clean(offer: Offer) -> None:
    but = ["categories", "brands", "locations", "tiers", "segments", "starts_at", "ends_at"]
    try:
        offer.full_clean(exclude=but)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        said = "key" if field == "__all__" else field
        raise InvalidRequest(" ".join(messages), field=said) from error


# --- For a member --------------------------------------------------------------------------------


def offers_for(
    membership: Membership,
    *,
    at: datetime,
    limit: int = MOST,
    location: str = "",
    book: Rulebook | None = None,
    tiers: frozenset[str] | None = None,
) -> list[ChosenOffer]:
    """The offers that suit the member now, best first. Changes nothing.

    One query; who does not say `book` or `tiers` asks for those besides, when there are offers.
    """
    showing, facts = offers_and_facts(membership, at=at, location=location)
    if not showing:
        return []
    book = book or current_rulebook(programme_id=membership.programme_id)
    labels = {**book.labels, **tier_names(book)}
    if tiers is None and any(offer.tiers for offer in showing):
        tiers = _tiers(membership, book, facts.segments, at)
    facts = msgspec.structs.replace(facts, labels=labels, tiers=tiers or frozenset())
    return [_as_seen(one) for one in choose(showing, facts, at=at, limit=limit)]


def _tiers(
    membership: Membership, book: Rulebook, segments: frozenset[str], at: datetime
) -> frozenset[str]:
    return tier_keys(
        book=book,
        account_id=account_of(membership),
        joined_on=membership.joined_at.astimezone(book.zone).date(),
        at=at,
        segments=segments,
    )


def _as_seen(chosen: Chosen) -> ChosenOffer:
    offer = chosen.offer
    return ChosenOffer(
        key=offer.key,
        title=offer.title,
        text=offer.text,
        why=chosen.why,
        reward=offer.reward,
        link=offer.link,
        ends_at=offer.ends_at,
        last_shown_on=offer.last_shown_on,
    )


_SHOWN = """
INSERT INTO campaigns_offercontact
    (membership_id, offer_id, first_shown_on, days_shown, last_shown_on)
SELECT %(membership)s, o.id, %(day)s, 1, %(day)s FROM campaigns_offer o
WHERE o.programme_id = %(programme)s AND o.key = ANY (%(keys)s) ORDER BY o.id
ON CONFLICT (membership_id, offer_id) DO UPDATE
SET days_shown = campaigns_offercontact.days_shown + 1, last_shown_on = excluded.last_shown_on
WHERE campaigns_offercontact.last_shown_on < excluded.last_shown_on
"""


def note_shown(*, membership: Membership, offers: Sequence[ChosenOffer], at: datetime) -> None:
    """Count that the member saw these, each once a day of the programme; one query, mostly none."""
    day = _day(membership, at)
    keys = [offer.key for offer in offers if offer.last_shown_on != day]
    if not keys:
        return
    said: dict[str, Any] = {
        "membership": membership.pk,
        "programme": membership.programme_id,
        "keys": keys,
        "day": day,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, said)


@transaction.atomic
def dismiss_offer(
    *, membership: Membership, key: str, at: datetime, is_dismissed: bool = True
) -> Offer:
    """Hide the offer from the member, or with `is_dismissed` false show it again.

    Saying it twice is saying it once. Raises OfferUnknown.
    """
    offer, contact = _contact(membership, key, at)
    if (contact.dismissed_at is not None) != is_dismissed:
        contact.dismissed_at = at if is_dismissed else None
        contact.save(update_fields=["dismissed_at"])
    return offer


@transaction.atomic
def follow_offer(*, membership: Membership, key: str, at: datetime) -> Offer:
    """The member goes where the offer leads; the first time is kept. Raises OfferUnknown."""
    offer, contact = _contact(membership, key, at)
    if contact.followed_at is None:
        contact.followed_at = at
        contact.save(update_fields=["followed_at"])
    return offer


def _contact(membership: Membership, key: str, at: datetime) -> tuple[Offer, OfferContact]:
    offers = Offer.objects.select_related("reward").filter(programme=membership.programme_id)
    offer = offers.filter(key=key, state=State.LIVE).first()
    if offer is None or not _is_shown(membership, offer):
        raise OfferUnknown("There is no such offer.", field="offer")
    day = _day(membership, at)
    OfferContact.objects.get_or_create(
        membership=membership,
        offer=offer,
        defaults={"first_shown_on": day, "last_shown_on": day},
    )
    return offer, OfferContact.objects.select_for_update().get(membership=membership, offer=offer)


def _is_shown(membership: Membership, offer: Offer) -> bool:
    """Of a campaign only those whom it gives the offer to know that it is there."""
    if offer.campaign_id is None:
        return True
    mine = Participant.objects.filter(membership=membership, campaign=offer.campaign_id)
    return mine.filter(state__in=["ACTIVE", "DONE"]).exists()


def _day(membership: Membership, at: datetime) -> date:
    return at.astimezone(ZoneInfo(membership.programme.time_zone)).date()
