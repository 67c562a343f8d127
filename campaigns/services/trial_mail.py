"""A message mailed to the colleague who writes it, as it stands, before any member gets it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from uuid_utils.compat import uuid7

from campaigns.errors import TooManyTrials, TrialNotSent
from campaigns.messaging.rendering import Addresses, render
from campaigns.models import Channel
from campaigns.services.sending import send_now
from campaigns.services.values import MemberValues
from campaigns.types import Envelope, Sent
from loyalty.types import Language

MOST_IN_AN_HOUR = 20
_HOUR = 3600
_MARK: dict[Language, str] = {"nl": "[proef]", "en": "[test]"}


def mail_trial(
    *,
    document: Mapping[str, Any],
    language: Language,
    values: MemberValues,
    to: str,
    at: datetime,
) -> None:
    """Mail what the document says in that language to the colleague's own address, marked as a test.

    No member is told anything and no dispatch is made: links lead to the pages themselves. Raises
    TemplateInvalid for what cannot be made, TooManyTrials above MOST_IN_AN_HOUR to one address, and
    TrialNotSent when the mail did not leave.
    """
    made = render(document, Channel.EMAIL, language, values, addresses=_PLAIN)
    _count(to)
    envelope = Envelope(
        dispatch_id=uuid7(),
        membership_id=None,
        to=to,
        subject=f"{_MARK[language]} {made.subject}",
        text=made.text,
        html=made.html,
        at=at,
    )
    if not isinstance(send_now(Channel.EMAIL, envelope), Sent):
        raise TrialNotSent("The mail did not leave. Is the mail server there?")


def _whole(_number: int, target: str) -> str:
    return f"{settings.BASE_URL}{target}" if target.startswith("/") else target


_PLAIN = Addresses(link=_whole)


def _count(to: str) -> None:
    key = f"campaigns.trials.{to.lower()}"
    cache.add(key, 0, timeout=_HOUR)
    if cache.incr(key) > MOST_IN_AN_HOUR:
        raise TooManyTrials("That were many tests. Wait an hour before the next.")
