"""Push: to each browser of the member that agreed to be woken."""

import json
from collections.abc import Sequence

import structlog
from django.conf import settings
from py_vapid import Vapid
from pywebpush import WebPushException, webpush
from requests import RequestException

from campaigns.channels.folder import put_away
from campaigns.models import PushSubscription
from campaigns.types import Envelope, Refused, Sent

GONE = {404, 410}
SECONDS = 10
TITLE, TEXT = 120, 500  # what fits in a push of 4 kB, whatever the language

log = structlog.get_logger()


class Push:
    """It left when one browser's house took it; houses that know the browser no more are forgotten."""

    def send(self, envelopes: Sequence[Envelope]) -> list[Sent | Refused]:
        ids = [each.membership_id for each in envelopes]
        browsers: dict[int, list[PushSubscription]] = {}
        for one in PushSubscription.objects.filter(membership__in=ids, gone_at=None):
            browsers.setdefault(one.membership_id, []).append(one)
        return [_sent(each, browsers.get(each.membership_id or 0, [])) for each in envelopes]


def _sent(envelope: Envelope, browsers: Sequence[PushSubscription]) -> Sent | Refused:
    if settings.DEMO_MAILBOX:
        put_away("push", envelope)
        return Sent()
    took = [_woken(envelope, browser) for browser in browsers]
    return Sent() if any(took) else Refused(reason="refused")


def _woken(envelope: Envelope, browser: PushSubscription) -> bool:
    said = {"title": envelope.subject[:TITLE], "text": envelope.text[:TEXT], "link": envelope.link}
    try:
        webpush(
            {
                "endpoint": browser.endpoint,
                "keys": {"p256dh": browser.p256dh, "auth": browser.auth},
            },
            data=json.dumps({**said, "tag": str(envelope.dispatch_id)}),
            vapid_private_key=Vapid.from_pem(settings.VAPID_PRIVATE_KEY.encode()),
            vapid_claims={"sub": settings.BASE_URL},
            timeout=SECONDS,
        )
    except WebPushException as error:
        if error.response is not None and error.response.status_code in GONE:
            PushSubscription.objects.filter(pk=browser.pk).update(gone_at=envelope.at)
        return False
    except (RequestException, ValueError) as error:
        log.warning("push_refused", error=type(error).__name__)
        return False
    return True
