"""The card in the phone's wallet: a short note on it."""

from collections.abc import Sequence

from django.conf import settings

from campaigns.channels.folder import put_away
from campaigns.types import Envelope, Refused, Sent
from members.services.pass_notices import PassNotice, put_notices


class Wallet:
    """On every card of the membership; refused beyond three a day ("too_many")."""

    def send(self, envelopes: Sequence[Envelope]) -> list[Sent | Refused]:
        if not envelopes:
            return []
        reasons = put_notices(
            notices=[_notice(each) for each in envelopes],
            at=envelopes[0].at,
            is_pretended=settings.DEMO_MAILBOX,
        )
        if settings.DEMO_MAILBOX:
            for envelope, reason in zip(envelopes, reasons, strict=True):
                if not reason:
                    put_away("wallet", envelope)
        return [Refused(reason=reason) if reason else Sent() for reason in reasons]


def _notice(envelope: Envelope) -> PassNotice:
    return PassNotice(
        membership_id=envelope.membership_id or 0,
        key=str(envelope.dispatch_id),
        text=envelope.text,
    )
