"""E-mail, by whatever Django is set to: an SMTP server, or a provider through anymail."""

from collections.abc import Sequence
from smtplib import SMTPException

import structlog
from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from campaigns.types import Envelope, Refused, Sent

log = structlog.get_logger()


class Email:
    """One connection for many; the message's id is the dispatch's."""

    def send(self, envelopes: Sequence[Envelope]) -> list[Sent | Refused]:
        connection = get_connection()
        try:
            connection.open()
        except (OSError, SMTPException):
            log.exception("mail_server_unreachable")
            return [Refused(reason="unreachable") for _ in envelopes]
        try:
            return [_sent(envelope, connection) for envelope in envelopes]
        finally:
            connection.close()


def _sent(envelope: Envelope, connection: BaseEmailBackend) -> Sent | Refused:
    own_id = f"<{envelope.dispatch_id}@trouw>"
    message = EmailMultiAlternatives(
        subject=envelope.subject,
        body=envelope.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[envelope.to],
        headers={"Message-ID": own_id, **envelope.headers},
        connection=connection,
    )
    if envelope.html:
        message.attach_alternative(envelope.html, "text/html")
    try:
        message.send()
    except (OSError, SMTPException, AnymailError, ValueError) as error:
        # Its name only: what a server answers may say the address.
        log.warning("mail_refused", dispatch=str(envelope.dispatch_id), error=type(error).__name__)
        return Refused(reason="refused")
    status = getattr(message, "anymail_status", None)
    return Sent(provider_id=str(getattr(status, "message_id", None) or own_id)[:120])
