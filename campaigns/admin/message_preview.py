"""A message as one member would get it, while it is written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.errors import TemplateInvalid
from campaigns.messaging.document import Document, read_document
from campaigns.messaging.rendering import Addresses, Rendered, render
from campaigns.models import Channel
from campaigns.services.values import MemberValues, number, values_of
from loyalty.errors import DomainError
from loyalty.models import Programme
from loyalty.types import Words
from members.selectors import find_membership

SHOWN = [Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.INBOX, Channel.WALLET]
# Stands in the page of the frame as well: nothing but styles and pictures, whatever is in the mail.
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; img-src 'self' data: https:; form-action 'none'\">"
)
_SMS, _SMS_LONG, _UNICODE, _UNICODE_LONG = 160, 153, 70, 67


def preview_of(
    said: Mapping[str, str], document: Mapping[str, Any], programme: Programme, at: datetime
) -> dict[str, Any]:
    """What the page shows beside the form: the chosen channel, language and member."""
    language = "en" if said.get("p-language") == "en" else "nl"
    channel = said.get("p-channel", "")
    shown: dict[str, Any] = {
        "language": language,
        "channel": channel if channel in Channel.values else Channel.EMAIL.value,
        "channels": [(each.value, each.label) for each in SHOWN],
        "member": said.get("p-member", ""),
        "problem": "",
        "made": None,
    }
    try:
        values = _values(shown["member"], programme, at)
        read = read_document(document)
        if not read.says(shown["channel"]):
            shown["problem"] = _("This message says nothing on that channel.")
        else:
            shown |= _made(read, shown["channel"], language, values)
    except TemplateInvalid as refusal:
        shown["problem"] = f"{_('It cannot be shown yet.')} {refusal.detail}"
    except DomainError:
        shown["problem"] = _("There is no member by this card, address or number.")
    return shown


def values_for(said: Mapping[str, str], programme: Programme, at: datetime) -> MemberValues:
    """Those of the member who was chosen, or of somebody made up. Raises NotFound."""
    return _values(said.get("p-member", ""), programme, at)


def sample_values(programme: Programme) -> MemberValues:
    """Somebody who is nobody, with a bit of everything."""
    words: dict[str, Words | str] = {
        "given_name": "Sanne",
        "points": number(1250),
        "points_word": {"nl": "punten", "en": "points"},
        "tier": {"nl": "Zilver", "en": "Silver"},
        "next_tier": {"nl": "Goud", "en": "Gold"},
        "to_next_tier": {"nl": "Nog 250 punten tot Goud", "en": "250 points to Gold"},
        "expiring_points": number(300),
        "expiring_on": {"nl": "31 december", "en": "31 December"},
        "reward": {"nl": "Een kwastenset", "en": "A set of brushes"},
        "gift": {"nl": "een taartje bij de koffie", "en": "cake with your coffee"},
        "granted": number(100),
        "location": "Utrecht",
        "days": number(7),
        "offer_1_title": {"nl": "Dubbele punten op verf", "en": "Double points on paint"},
        "offer_1_text": {"nl": "Omdat je vaak verf koopt.", "en": "Because you often buy paint."},
        "offer_1_link": f"{settings.BASE_URL}/offers/",
    }
    return words | {
        "programme": programme.name,
        "brand_colour": programme.brand_colour,
        "base_url": settings.BASE_URL,
    }


def _values(member: str, programme: Programme, at: datetime) -> MemberValues:
    sample = sample_values(programme)
    if not member.strip():
        return sample
    membership = find_membership(programme.pk, member.strip())
    known = values_of([membership.pk], at).get(membership.pk, {})
    own = ("gift", "granted", "location", "days")  # of a campaign; there is none here
    return {key: sample[key] for key in own} | known


def _made(document: Document, channel: str, language: str, values: MemberValues) -> dict[str, Any]:
    way = Addresses(link=lambda _number, target: target, unsubscribe="#", preferences="#")
    made: Rendered = render(document, channel, language, values, addresses=way)
    frame = made.html.replace("<head>", f"<head>{_POLICY}", 1)
    return {"made": made, "frame": frame, "parts": _parts(made.text) if channel == "SMS" else 0}


def _parts(text: str) -> int:
    """How many SMS messages it takes; letters beyond the simple alphabet halve what fits."""
    is_simple = text.isascii() or all(each.isascii() or each in "éèàùìòñäöüÄÖÜ€£" for each in text)
    one, more = (_SMS, _SMS_LONG) if is_simple else (_UNICODE, _UNICODE_LONG)
    return 1 if len(text) <= one else -(-len(text) // more)
