"""A message as it is kept: what it says on each channel, in Dutch and in English.

The JSON of a MessageTemplate, read strictly: an unknown part is refused, never left out.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from campaigns.errors import TemplateInvalid
from campaigns.messaging.fields import check_text
from loyalty.types import Language, Words

LANGUAGES: tuple[Language, ...] = ("nl", "en")
MOST_BLOCKS = 40
LONGEST_TEXT = 4000
LONGEST_LINE = 150
LONGEST_NOTE = 600
LONGEST_SMS = 480
LONGEST_LINK = 300


class Block(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="block", forbid_unknown_fields=True
):
    """A part of an e-mail, under the one before."""


class Heading(Block, frozen=True, kw_only=True, tag="heading"):
    text: Words


class Text(Block, frozen=True, kw_only=True, tag="text"):
    text: Words


class Button(Block, frozen=True, kw_only=True, tag="button"):
    """A way to a page of ours ("/card/") or to one elsewhere (https)."""

    text: Words
    link: str


class Image(Block, frozen=True, kw_only=True, tag="image"):
    """A picture; `text` says what is on it, for who does not see it."""

    image: str
    text: Words


class Reward(Block, frozen=True, kw_only=True, tag="reward"):
    """A reward by its key, with its price and a way to it; left out when it cannot be chosen."""

    reward: str


class Points(Block, frozen=True, kw_only=True, tag="points"):
    """The member's points, large."""


class Offers(Block, frozen=True, kw_only=True, tag="offers"):
    """What was chosen for the member; left out when nothing was."""


AnyBlock = Heading | Text | Button | Image | Reward | Points | Offers


class Email(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    subject: Words
    blocks: tuple[AnyBlock, ...]
    preview: Words = {}  # the line that mail programs show beside the subject


class Sms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Words


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A title, a text and where it leads to: on the phone and in the message box."""

    title: Words
    text: Words
    link: str = ""


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said on each channel; a channel that is not there says nothing."""

    email: Email | None = None
    sms: Sms | None = None
    push: Note | None = None
    inbox: Note | None = None
    wallet: Sms | None = None

    def says(self, channel: str) -> bool:
        """Whether there is a text for that channel."""
        return getattr(self, channel.lower(), None) is not None


def read_document(said: Any) -> Document:
    """The document, checked as a whole. Raises TemplateInvalid; `field` names the place.

    Refused: unknown parts and fields, a language left out, links that lead nowhere safe, texts
    that are too long, and a message that says nothing at all.
    """
    try:
        document = msgspec.convert(said, Document)
    except msgspec.ValidationError as reason:
        detail, _, place = str(reason).partition(" - at `$.")
        raise TemplateInvalid(detail, field=place.rstrip("`")) from None
    if not any(document.says(channel) for channel in Document.__struct_fields__):
        raise TemplateInvalid("This message says nothing on any channel.", field="document")
    for place, words, longest in _texts(document):
        _check_words(words, place, longest)
    for place, address in _addresses(document):
        _check_address(address, place)
    if document.email and not 1 <= len(document.email.blocks) <= MOST_BLOCKS:
        raise TemplateInvalid("An e-mail has 1 to 40 blocks.", field="email.blocks")
    return document


def links_in(document: Document, channel: str) -> list[str]:
    """Where the message leads to on that channel, in the order in which links are numbered."""
    if channel == "EMAIL" and document.email:
        return [link for block in document.email.blocks if (link := link_of(block))]
    note = {"PUSH": document.push, "INBOX": document.inbox}.get(channel)
    return [note.link] if note and note.link else []


def link_of(block: AnyBlock) -> str:
    """Where a block leads to; empty when it leads nowhere of its own."""
    if isinstance(block, Button):
        return block.link
    return f"/rewards/{block.reward}/" if isinstance(block, Reward) else ""


def _texts(document: Document) -> Iterator[tuple[str, Words, int]]:
    if document.email:
        yield from _texts_of(document.email)
    for name, short in (("sms", document.sms), ("wallet", document.wallet)):
        if short:
            yield f"{name}.text", short.text, LONGEST_SMS
    for name, note in (("push", document.push), ("inbox", document.inbox)):
        if note:
            yield f"{name}.title", note.title, LONGEST_LINE
            yield f"{name}.text", note.text, LONGEST_NOTE


def _texts_of(email: Email) -> Iterator[tuple[str, Words, int]]:
    yield "email.subject", email.subject, LONGEST_LINE
    if email.preview:
        yield "email.preview", email.preview, LONGEST_LINE
    for number, block in enumerate(email.blocks):
        if isinstance(block, Heading | Text | Button | Image):
            longest = LONGEST_TEXT if isinstance(block, Text) else LONGEST_LINE
            yield f"email.blocks.{number}.text", block.text, longest


def _addresses(document: Document) -> Iterator[tuple[str, str]]:
    for number, block in enumerate(document.email.blocks if document.email else ()):
        if isinstance(block, Button):
            yield f"email.blocks.{number}.link", block.link
        if isinstance(block, Image):
            yield f"email.blocks.{number}.image", block.image
        if isinstance(block, Reward):
            yield f"email.blocks.{number}.reward", f"/rewards/{block.reward}/"
    if document.push and document.push.link:
        yield "push.link", document.push.link
    if document.inbox and document.inbox.link:
        yield "inbox.link", document.inbox.link
        if not document.inbox.link.startswith("/"):
            raise TemplateInvalid("The message box leads to our own pages.", field="inbox.link")


def _check_words(words: Words, place: str, longest: int) -> None:
    if set(words) != set(LANGUAGES):
        raise TemplateInvalid("Say it in Dutch and in English.", field=place)
    for language, text in words.items():
        if not text.strip() or len(text) > longest:
            raise TemplateInvalid("Fill this in, but not so much.", field=f"{place}.{language}")
        if longest == LONGEST_LINE and "\n" in text:
            raise TemplateInvalid("This is one line.", field=f"{place}.{language}")
        check_text(text, f"{place}.{language}")


def _check_address(address: str, place: str) -> None:
    """A page of ours, or one elsewhere by https; nothing that a browser could read otherwise."""
    unfit = any(character in address for character in "\\{}<>\"' \t\r\n")
    own = address.startswith("/") and not address.startswith("//")
    try:
        parts = urlsplit(address)
        elsewhere = parts.scheme == "https" and bool(parts.hostname) and not parts.username
    except ValueError:
        elsewhere = False
    if unfit or not (own or elsewhere) or len(address) > LONGEST_LINK:
        raise TemplateInvalid("A link begins with / or with https://.", field=place)
