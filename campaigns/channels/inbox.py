"""The message box of the portal."""

from collections.abc import Sequence

from campaigns.types import Envelope, Refused, Sent
from members.services.messages import MessageDraft, put_messages


class Inbox:
    """All at once, in one statement."""

    def send(self, envelopes: Sequence[Envelope]) -> list[Sent | Refused]:
        put_messages(messages=[_draft(each) for each in envelopes if each.membership_id])
        return [
            Sent() if each.membership_id else Refused(reason="no_address") for each in envelopes
        ]


def _draft(envelope: Envelope) -> MessageDraft:
    return MessageDraft(
        membership_id=envelope.membership_id or 0,
        key=f"dispatch:{envelope.dispatch_id}",
        kind="offer",
        title=envelope.both["title"],
        text=envelope.both["text"],
        link=envelope.link,
        sent_at=envelope.at,
    )
