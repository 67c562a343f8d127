"""The message box of the portal: what a member was told, once each, and whether they read it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db.models import QuerySet

from loyalty.errors import NotFound
from loyalty.types import Words
from members.models import Membership, Message


class MessageDraft(msgspec.Struct, frozen=True, kw_only=True):
    """One message in both languages. `key` makes it once for the member, `link` is a path of ours."""

    membership_id: int
    key: str
    kind: str  # "welcome", "expiry", "tier", "service", "offer"
    title: Words
    text: Words
    sent_at: datetime
    link: str = ""


def put_messages(*, messages: Sequence[MessageDraft]) -> None:
    """Put the messages in their members' boxes, in one statement.

    What is there already under the same key stays as it is, read or not.
    """
    Message.objects.bulk_create(
        [
            Message(
                membership_id=one.membership_id,
                key=one.key,
                kind=one.kind,
                title_nl=one.title["nl"],
                title_en=one.title["en"],
                text_nl=one.text["nl"],
                text_en=one.text["en"],
                link=one.link,
                sent_at=one.sent_at,
            )
            for one in messages
        ],
        ignore_conflicts=True,
    )


def read_message(*, membership: Membership, message_id: int, at: datetime) -> Message:
    """The member's message, from now on read. Raises NotFound, also for somebody else's."""
    message = Message.objects.filter(pk=message_id, membership=membership).first()
    if message is None:
        raise NotFound("There is no such message.")
    if message.read_at is None:
        Message.objects.filter(pk=message_id, read_at=None).update(read_at=at)
        message.read_at = at
    return message


def read_all_messages(*, membership: Membership, at: datetime) -> int:
    """Mark all that is in the member's box as read; how many were not."""
    return unread_messages(membership).update(read_at=at)


def unread_messages(membership: Membership) -> QuerySet[Message]:
    """What the member has not opened yet, the latest first."""
    unread = Message.objects.filter(membership=membership, read_at=None)
    return unread.order_by("-sent_at", "-pk")


def messages_of(membership: Membership, *, limit: int = 100) -> list[Message]:
    """The member's messages, the latest first."""
    messages = Message.objects.filter(membership=membership).order_by("-sent_at", "-pk")
    return list(messages[:limit])
