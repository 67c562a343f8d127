"""A message made for one channel, in one language, for one member."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from campaigns.errors import TemplateInvalid
from campaigns.messaging.document import Document, Note, read_document
from campaigns.messaging.fields import Values, fill_in, one_line
from campaigns.messaging.letter import html_of, text_of
from loyalty.types import Language


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where the links of one message go. All are whole addresses without anything personal.

    `link` is given the number and the target of a link; `unsubscribe` and `preferences` are empty
    in a service message, `pixel` unless the member agreed to be followed.
    """

    link: Callable[[int, str], str]
    unsubscribe: str = ""
    preferences: str = ""
    pixel: str = ""


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out: an e-mail has all three, an SMS only text, a note title (`subject`) and text."""

    subject: str = ""
    html: str = ""
    text: str = ""
    link: str = ""


_STOP = {"nl": "Stoppen", "en": "Stop"}


def render(
    document: Mapping[str, Any] | Document,
    channel: str,
    language: Language,
    values: Values,
    *,
    addresses: Addresses | None = None,
) -> Rendered:
    """The message as it goes out on that channel, its fields filled in with `values`.

    Values are escaped in HTML and keep to their line in a subject. Without `addresses` links lead
    to their targets, as in a preview. Raises TemplateInvalid for a document that is none and for a
    channel of which it says nothing.
    """
    told = document if isinstance(document, Document) else read_document(document)
    if not told.says(channel):
        raise TemplateInvalid("This message says nothing on that channel.", field=channel.lower())
    way = addresses or Addresses(link=lambda _number, target: target)
    if channel == "EMAIL" and told.email:
        return Rendered(
            subject=one_line(fill_in(told.email.subject[language], language, values)),
            html=html_of(told.email, language, values, way),
            text=text_of(told.email, language, values, way),
        )
    if short := {"SMS": told.sms, "WALLET": told.wallet}.get(channel):
        text = fill_in(short.text[language], language, values)
        stop = f"\n{_STOP[language]}: {way.unsubscribe}" if way.unsubscribe else ""
        return Rendered(text=text + (stop if channel == "SMS" else ""))
    note = told.push if channel == "PUSH" else told.inbox
    return _note(note, channel, language, values, way) if note else Rendered()


def _note(note: Note, channel: str, language: Language, values: Values, way: Addresses) -> Rendered:
    link = note.link
    if link and channel == "PUSH":  # what the message box leads to, it leads to itself
        link = way.link(0, link)
    return Rendered(
        subject=one_line(fill_in(note.title[language], language, values)),
        text=fill_in(note.text[language], language, values),
        link=link,
    )
