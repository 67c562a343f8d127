"""What the gate let through is made and handed to its channel; once, and never again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog
from django.db import InterfaceError, OperationalError, transaction

from campaigns.channels.base import Transport
from campaigns.channels.email import Email
from campaigns.channels.inbox import Inbox
from campaigns.channels.push import Push
from campaigns.channels.sms import Sms
from campaigns.channels.wallet import Wallet
from campaigns.errors import TemplateInvalid
from campaigns.messaging.headers import unsubscribe_headers
from campaigns.messaging.links import addresses_of, stop_address
from campaigns.messaging.rendering import Rendered, render
from campaigns.models import Channel, Dispatch, MessageTemplate
from campaigns.services.mailed_offers import (
    asks_for_offers,
    note_mailed,
    offers_in_mail,
    values_of_offers,
)
from campaigns.services.offers import ChosenOffer
from campaigns.services.parking import put_back
from campaigns.services.rewriting import rewrite
from campaigns.services.values import MemberValues, values_of, values_of_context
from campaigns.types import Envelope, Refused, Sent
from members.models import Member, Membership, Purpose
from members.services.consents import may_each

LANGUAGES = ("nl", "en")
_TRANSPORTS: Mapping[str, Transport] = {
    Channel.EMAIL: Email(),
    Channel.SMS: Sms(),
    Channel.PUSH: Push(),
    Channel.INBOX: Inbox(),
    Channel.WALLET: Wallet(),
}

log = structlog.get_logger()

PORTION = 100  # handed over before it is written down: what a killed worker leaves of unknown fate
Fate = Dispatch.Fate


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A dispatch that is SENDING, and where to."""

    dispatch: Dispatch
    to: str


class _Making(msgspec.Struct, frozen=True, kw_only=True):
    """What messages are made of."""

    documents: Mapping[tuple[int, str], Any]
    values: Mapping[int, MemberValues]
    programmes: Mapping[int, int]
    languages: Mapping[Any, str]
    watched: set[Any]
    offers: Mapping[int, tuple[Membership, Sequence[ChosenOffer]]]


def send_out(leaving: Sequence[Outgoing], *, at: datetime) -> None:
    """Send each by its channel and write down what became of it. In no transaction of the gate's."""
    by_channel: dict[str, list[tuple[Dispatch, Envelope]]] = defaultdict(list)
    refused: list[tuple[Dispatch, Sent | Refused]] = []
    broken: list[UUID] = []
    for dispatch, envelope in _all_enveloped(leaving, at):
        if envelope is None:
            broken.append(dispatch.pk)
        elif isinstance(envelope, Refused):
            refused.append((dispatch, envelope))
        else:
            by_channel[dispatch.channel].append((dispatch, envelope))
    if broken:
        put_back(broken, of=[Fate.SENDING], at=at)
    write_down(refused, at)
    for channel, pairs in by_channel.items():
        for start in range(0, len(pairs), PORTION):
            _hand_over(channel, pairs[start : start + PORTION], at)


def _hand_over(channel: str, pairs: Sequence[tuple[Dispatch, Envelope]], at: datetime) -> None:
    """Send by one channel; should that break, any of them may have left: they stay SENDING."""
    try:
        answers = _TRANSPORTS[channel].send([envelope for _dispatch, envelope in pairs])
    except Exception:
        log.exception("channel_broke", channel=channel, messages=len(pairs))
        return
    write_down(zip((dispatch for dispatch, _envelope in pairs), answers, strict=True), at)
    gone = zip((envelope for _dispatch, envelope in pairs), answers, strict=True)
    note_mailed(
        [each.offers for each, said in gone if each.offers and isinstance(said, Sent)], at=at
    )


def send_now(channel: str, envelope: Envelope) -> Sent | Refused:
    """Hand over one that is made already; what became of it is for the caller to write down."""
    return _TRANSPORTS[channel].send([envelope])[0]


@transaction.atomic
def write_down(results: Iterable[tuple[Dispatch, Sent | Refused]], at: datetime) -> None:
    """Write what the channels answered; what was handed over stays SENDING until here."""
    done = []
    for dispatch, answer in results:
        if isinstance(answer, Sent):
            dispatch.fate, dispatch.sent_at = Fate.SENT, at
            dispatch.provider_id = answer.provider_id
        else:
            dispatch.fate, dispatch.reason = Fate.FAILED, answer.reason
        dispatch.attempts += 1
        done.append(dispatch)
    rewrite(done, ["fate", "reason", "sent_at", "provider_id", "attempts"])


def _all_enveloped(
    leaving: Sequence[Outgoing], at: datetime
) -> list[tuple[Dispatch, Envelope | Refused | None]]:
    """Make each; None for one that breaks the making. Nothing has left yet."""
    if not leaving:
        return []
    try:
        made = _made(leaving, at)
    except (InterfaceError, OperationalError):
        raise
    except Exception:
        if len(leaving) == 1:
            log.exception("message_broke", dispatch=str(leaving[0].dispatch.pk))
            return [(leaving[0].dispatch, None)]
        middle = len(leaving) // 2
        return [*_all_enveloped(leaving[:middle], at), *_all_enveloped(leaving[middle:], at)]
    return [(one.dispatch, _one_enveloped(one, made, at)) for one in leaving]


def _one_enveloped(one: Outgoing, made: _Making, at: datetime) -> Envelope | Refused | None:
    try:
        return _enveloped(one, made, at)
    except Exception:
        log.exception("message_broke", dispatch=str(one.dispatch.pk))
        return None


def _made(leaving: Sequence[Outgoing], at: datetime) -> _Making:
    """All that the texts are filled in with, in so many queries, however many there are."""
    ids = [one.dispatch.membership_id for one in leaving if one.dispatch.membership_id]
    members = [one.dispatch.member_id for one in leaving if one.dispatch.member_id]
    programmes = dict(Membership.objects.filter(pk__in=ids).values_list("pk", "programme_id"))
    templates = MessageTemplate.objects.filter(
        programme__in=set(programmes.values()),
        key__in={one.dispatch.template for one in leaving},
    )
    documents = {(each.programme_id, each.key): each.document for each in templates}
    with_offers = {key for key, document in documents.items() if asks_for_offers(document)}
    return _Making(
        documents=documents,
        offers=offers_in_mail(
            {
                pk
                for one in leaving
                if one.dispatch.channel == Channel.EMAIL and (pk := one.dispatch.membership_id)
                if (programmes.get(pk, 0), one.dispatch.template) in with_offers
            },
            at=at,
        )
        if with_offers
        else {},
        values=values_of(ids, at),
        programmes=programmes,
        languages=dict(Member.objects.filter(pk__in=members).values_list("pk", "language")),
        watched=may_each(member_ids=members, purpose=Purpose.PROFILING),
    )


def _enveloped(one: Outgoing, made: _Making, at: datetime) -> Envelope | Refused:
    dispatch = one.dispatch
    membership_id = dispatch.membership_id or 0
    document = made.documents.get((made.programmes.get(membership_id, 0), dispatch.template))
    if document is None or dispatch.channel not in _TRANSPORTS:
        return Refused(reason="no_template" if document is None else "no_channel")
    language = made.languages.get(dispatch.member_id, LANGUAGES[0])
    values = {**made.values.get(membership_id, {}), **values_of_context(dispatch.context)}
    shown = made.offers.get(membership_id) if dispatch.channel == Channel.EMAIL else None
    if shown:
        values |= values_of_offers(shown[1])
    try:
        # The box is read in the language of the day; all else leaves in the member's own.
        languages = LANGUAGES if dispatch.channel == Channel.INBOX else (language,)
        texts = {each: _rendered(dispatch, document, each, values, made) for each in languages}
    except TemplateInvalid:
        return Refused(reason="no_template")
    said = texts[language]
    return Envelope(
        dispatch_id=dispatch.pk,
        membership_id=dispatch.membership_id,
        to=one.to,
        subject=said.subject,
        text=said.text,
        html=said.html,
        link=said.link,
        headers=unsubscribe_headers(stop_address(dispatch.pk)) if dispatch.purpose else {},
        both={
            "title": {each: text.subject for each, text in texts.items()},
            "text": {each: text.text for each, text in texts.items()},
        },
        offers=shown,
        at=at,
    )


def _rendered(
    dispatch: Dispatch, document: Any, language: str, values: MemberValues, made: _Making
) -> Rendered:
    return render(
        document,
        dispatch.channel,
        language,
        values,
        addresses=addresses_of(
            dispatch.pk,
            is_marketing=bool(dispatch.purpose),
            may_watch=dispatch.member_id in made.watched,
        ),
    )
