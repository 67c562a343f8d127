"""SMS, through any provider that takes JSON over HTTP; the demo keeps them in a folder."""

from collections.abc import Sequence

import requests
import structlog
from django.conf import settings

from campaigns.channels.folder import put_away
from campaigns.types import Envelope, Refused, Sent

SECONDS = 10

log = structlog.get_logger()


class Sms:
    """POSTs {"to", "text", "reference"} to SMS_URL with SMS_TOKEN; the answer may name an "id"."""

    def send(self, envelopes: Sequence[Envelope]) -> list[Sent | Refused]:
        if settings.DEMO_MAILBOX:
            for envelope in envelopes:
                put_away("sms", envelope)
            return [Sent() for _ in envelopes]
        if not settings.SMS_URL:
            return [Refused(reason="no_provider") for _ in envelopes]
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {settings.SMS_TOKEN}"
            return [_sent(each, session) for each in envelopes]


def _sent(envelope: Envelope, session: requests.Session) -> Sent | Refused:
    said = {"to": envelope.to, "text": envelope.text, "reference": str(envelope.dispatch_id)}
    try:
        answer = session.post(settings.SMS_URL, json=said, timeout=SECONDS, allow_redirects=False)
        answer.raise_for_status()
        known = answer.json() if answer.content else {}
    except (requests.RequestException, ValueError) as error:
        log.warning("sms_refused", dispatch=str(envelope.dispatch_id), error=type(error).__name__)
        return Refused(reason="refused")
    given = known.get("id", "") if isinstance(known, dict) else ""
    return Sent(provider_id=str(given or envelope.dispatch_id)[:120])
