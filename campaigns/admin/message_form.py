"""A message as fields on a page, and what is posted of them as a document again.

Every field is a text by its name: "subject_nl", "b2-text_en". A channel of which nothing is filled
in says nothing. What cannot be is told by the document itself, and shown beside its field.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from campaigns.messaging.document import MOST_BLOCKS

LANGUAGES = [("nl", _("in Dutch")), ("en", _("in English"))]
KINDS: dict[str, Any] = {
    "heading": _("Heading"),
    "text": _("Text"),
    "button": _("Button"),
    "image": _("Picture"),
    "reward": _("Reward"),
    "points": _("Their points"),
    "offers": _("Offers that fit"),
}
WORDED = {"heading", "text", "button", "image"}
OWN: dict[str, tuple[str, Any]] = {  # what else a block asks
    "button": ("link", _("Leads to")),
    "image": ("image", _("Address of the picture")),
    "reward": ("reward", _("Which reward")),
}
NOTES = [("push", _("On the phone")), ("inbox", _("Message box"))]
_BLOCK = re.compile(r"^b(\d{1,3})-kind$")

Said = dict[str, str]


class Field(msgspec.Struct, kw_only=True):
    """One field of the page. `rows` is 0 for one line; `options` are what is chosen from."""

    name: str
    label: Any
    value: str
    error: str = ""
    rows: int = 0
    listed: str = ""  # the id of a list of suggestions
    options: list[tuple[str, str]] | None = None


class BlockRow(msgspec.Struct, kw_only=True):
    """One block of the mail, with the buttons that move it."""

    number: int
    kind: str
    title: Any
    fields: list[Field]


def said_by(document: Mapping[str, Any]) -> Said:
    """The fields of a document that is kept."""
    said: Said = {}
    email = document.get("email") or {}
    _put(said, "subject", email.get("subject"))
    _put(said, "preview", email.get("preview"))
    for number, block in enumerate(email.get("blocks", [])):
        said[f"b{number}-kind"] = block["block"]
        _put(said, f"b{number}-text", block.get("text"))
        for key in ("link", "image", "reward"):
            if key in block:
                said[f"b{number}-{key}"] = block[key]
    for key in ("sms", "wallet"):
        _put(said, f"{key}-text", (document.get(key) or {}).get("text"))
    for key, _title in NOTES:
        note = document.get(key) or {}
        _put(said, f"{key}-title", note.get("title"))
        _put(said, f"{key}-text", note.get("text"))
        said[f"{key}-link"] = note.get("link", "")
    return said


def document_of(said: Mapping[str, str]) -> dict[str, Any]:
    """The document that the fields make, right or wrong; `read_document` judges it."""
    document: dict[str, Any] = {}
    blocks = [_block(said, number) for number in numbers(said)]
    subject, preview = _words(said, "subject"), _words(said, "preview")
    if blocks or any(subject.values()) or any(preview.values()):
        document["email"] = {"subject": subject, "blocks": blocks}
        if any(preview.values()):
            document["email"]["preview"] = preview
    for key in ("sms", "wallet"):
        if any((words := _words(said, f"{key}-text")).values()):
            document[key] = {"text": words}
    for key, _title in NOTES:
        title, text = _words(said, f"{key}-title"), _words(said, f"{key}-text")
        if any((*title.values(), *text.values())):
            link = said.get(f"{key}-link", "").strip()
            document[key] = {"title": title, "text": text, "link": link}
    return document


def numbers(said: Mapping[str, str]) -> list[int]:
    """The blocks that are there, in their order."""
    return sorted(int(match[1]) for name in said if (match := _BLOCK.match(name)))


def done(said: Mapping[str, str], deed: str) -> Said:
    """The fields after a button: "add-text", "remove-2", "up-2", "down-2"."""
    verb, _dash, what = deed.partition("-")
    order = numbers(said)
    if verb == "add" and what in KINDS and len(order) < MOST_BLOCKS:
        new = (order[-1] + 1) if order else 0
        return {**said, f"b{new}-kind": what}
    if not what.isdigit() or int(what) not in order:
        return dict(said)
    place = order.index(int(what))
    if verb == "remove":
        order.pop(place)
    elif verb in ("up", "down"):
        other = place + (-1 if verb == "up" else 1)
        if 0 <= other < len(order):
            order[place], order[other] = order[other], order[place]
    return _renumbered(said, order)


def place_of(field: str) -> str:
    """The field of the page that a place in the document is about: "email.blocks.2.text.nl"."""
    parts = field.replace("[", ".").replace("]", "").replace("..", ".").split(".")
    if parts[:2] == ["email", "blocks"] and len(parts) > 3:  # noqa: PLR2004
        return f"b{parts[2]}-{'_'.join(parts[3:])}"
    if parts[0] == "email":
        return "_".join(parts[1:])
    return f"{parts[0]}-{'_'.join(parts[1:])}" if len(parts) > 1 else parts[0]


# --- The fields as they are drawn --------------------------------------------------------------


def pair(said: Mapping[str, str], name: str, label: Any, *, rows: int = 0) -> Iterator[Field]:
    """The same in Dutch and in English."""
    for language, words in LANGUAGES:
        field = f"{name}_{language}"
        yield Field(name=field, label=f"{label}, {words}", value=said.get(field, ""), rows=rows)


def rows_of(said: Mapping[str, str], rewards: list[tuple[str, str]]) -> list[BlockRow]:
    """The blocks of the mail, numbered from 0 as the document does."""
    return [
        BlockRow(
            number=number,
            kind=(kind := said[f"b{number}-kind"]),
            title=KINDS.get(kind, kind),
            fields=list(_fields_of(said, number, kind, rewards)),
        )
        for number in numbers(said)
    ]


def _fields_of(
    said: Mapping[str, str], number: int, kind: str, rewards: list[tuple[str, str]]
) -> Iterator[Field]:
    if kind in WORDED:
        label = _("What is on it") if kind == "image" else _("Words")
        yield from pair(said, f"b{number}-text", label, rows=5 if kind == "text" else 0)
    if kind in OWN:
        key, label = OWN[kind]
        name = f"b{number}-{key}"
        yield Field(
            name=name,
            label=label,
            value=said.get(name, ""),
            listed="our-pages" if key == "link" else "",
            options=rewards if key == "reward" else None,
        )


def _renumbered(said: Mapping[str, str], order: list[int]) -> Said:
    """The blocks in this order, numbered anew."""
    kept = {name: value for name, value in said.items() if not re.match(r"^b\d{1,3}-", name)}
    for new, old in enumerate(order):
        before = f"b{old}-"
        kept |= {
            f"b{new}-{name.removeprefix(before)}": value
            for name, value in said.items()
            if name.startswith(before)
        }
    return kept


def _block(said: Mapping[str, str], number: int) -> dict[str, Any]:
    kind = said[f"b{number}-kind"]
    block: dict[str, Any] = {"block": kind}
    if kind in WORDED:
        block["text"] = _words(said, f"b{number}-text")
    if kind in OWN:
        key = OWN[kind][0]
        block[key] = said.get(f"b{number}-{key}", "").strip()
    return block


def _words(said: Mapping[str, str], name: str) -> dict[str, str]:
    return {
        language: said.get(f"{name}_{language}", "").replace("\r\n", "\n").strip()
        for language, _in in LANGUAGES
    }


def _put(said: Said, name: str, words: Mapping[str, str] | None) -> None:
    for language, text in (words or {}).items():
        said[f"{name}_{language}"] = text
