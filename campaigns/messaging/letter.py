"""An e-mail as MJML, from that as HTML that mail programs show well, and as plain text.

MJML is written by us alone: what people typed and what members are called is escaped before it
goes in, and nothing can be included from elsewhere.
"""

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

import mrml

from campaigns.messaging.document import (
    AnyBlock,
    Button,
    Email,
    Heading,
    Image,
    Offers,
    Points,
    Reward,
    Text,
    link_of,
)
from campaigns.messaging.fields import Values, fill_in, one_line, said_in
from loyalty.types import Language

if TYPE_CHECKING:
    from campaigns.messaging.rendering import Addresses

OFFERS = 3  # at most, in one mail
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FONT = "Figtree, 'Segoe UI', Helvetica, Arial, sans-serif"
_SAID = {
    "why": {
        "nl": "Je krijgt dit omdat je daarvoor koos bij {programme}.",
        "en": "You get this because you chose to at {programme}.",
    },
    "stop": {"nl": "Afmelden", "en": "Unsubscribe"},
    "choose": {"nl": "Kiezen wat je krijgt", "en": "Choose what you get"},
    "look": {"nl": "Bekijk", "en": "Have a look"},
    "have": {"nl": "Je hebt", "en": "You have"},
}


# --- HTML --------------------------------------------------------------------------------------


def html_of(email: Email, language: Language, values: Values, way: "Addresses") -> str:
    """The whole mail in HTML."""

    def filled(text: str) -> str:
        return fill_in(escape(text), language, values, write=escape).replace("\n", "<br />")

    body = "".join(
        _section(_mjml(block, filled, language, values, target))
        for block, target in _with_links(email, language, values, way)
    )
    preview = filled(email.preview[language]) if email.preview else ""
    mjml = (
        f'<mjml lang="{language}">{_head(filled(email.subject[language]), preview, values)}'
        f'<mj-body background-color="#f8f5ef" width="600px">{_masthead(language, values)}{body}'
        f"{_foot(language, values, way)}</mj-body></mjml>"
    )
    options = mrml.ParserOptions(include_loader=mrml.noop_loader())
    return mrml.to_html(mjml, parser_options=options).content


def _head(title: str, preview: str, values: Values) -> str:
    colour = _brand(values)
    return (
        f"<mj-head><mj-title>{title}</mj-title><mj-preview>{preview}</mj-preview><mj-attributes>"
        f'<mj-all font-family="{_FONT}" color="#24221d" />'
        '<mj-text font-size="16px" line-height="24px" padding="8px 28px" />'
        '<mj-section background-color="#ffffff" padding="0" />'
        f'<mj-button background-color="{colour}" color="#ffffff" border-radius="12px" '
        'font-size="16px" font-weight="600" inner-padding="14px 24px" padding="12px 28px" '
        'align="left" />'
        '<mj-image padding="12px 28px" border-radius="12px" />'
        "</mj-attributes></mj-head>"
    )


def _masthead(language: Language, values: Values) -> str:
    name = escape(one_line(said_in(values.get("programme", ""), language)))
    return (
        '<mj-section background-color="#f8f5ef"><mj-column>'
        f'<mj-text font-weight="700" font-size="18px" padding="24px 28px 16px" '
        f'color="{_brand(values)}">{name}</mj-text></mj-column></mj-section>'
        + _section('<mj-spacer height="12px" />')
    )


def _section(inner: str) -> str:
    return f"<mj-section><mj-column>{inner}</mj-column></mj-section>" if inner else ""


def _mjml(  # noqa: PLR0911 - one line for each kind of block
    block: AnyBlock, filled: Callable[[str], str], language: Language, values: Values, target: str
) -> str:
    to = escape(target)
    if isinstance(block, Heading):
        size = 'font-size="24px" line-height="30px" font-weight="700"'
        return f"<mj-text {size}><h1 {_PLAIN}>{filled(block.text[language])}</h1></mj-text>"
    if isinstance(block, Text):
        return f"<mj-text>{filled(block.text[language])}</mj-text>"
    if isinstance(block, Button):
        return f'<mj-button href="{to}">{filled(block.text[language])}</mj-button>'
    if isinstance(block, Image):
        alt = filled(block.text[language])
        return f'<mj-image src="{escape(_whole(block.image, values))}" alt="{alt}" />'
    if isinstance(block, Points):
        figure, word = (escape(one_line(said_in(values.get(key, ""), language))) for key in _POINTS)
        return (
            f'<mj-text color="#6f6b61" padding-bottom="0">{_SAID["have"][language]}</mj-text>'
            '<mj-text font-size="40px" line-height="44px" font-weight="700" padding-top="0">'
            f'{figure} <span style="font-size:18px">{word}</span></mj-text>'
        )
    if isinstance(block, Reward):
        name, price = (escape(text) for text in _reward(block.reward, language, values))
        look = _SAID["look"][language]
        return (
            f'<mj-text font-weight="600" padding-bottom="0">{name}</mj-text>'
            f'<mj-text color="#6f6b61" padding-top="0">{price}</mj-text>'
            f'<mj-button href="{to}">{look}</mj-button>'
            if name
            else ""
        )
    return "".join(
        f'<mj-text font-weight="600" padding-bottom="0"><a href="{escape(link)}" '
        f'style="color:{_brand(values)}">{escape(title)}</a></mj-text>'
        f'<mj-text padding-top="0">{escape(text)}</mj-text>'
        for title, text, link in _offers(language, values)
    )


def _foot(language: Language, values: Values, way: "Addresses") -> str:
    small = 'font-size="13px" line-height="20px" color="#6f6b61"'
    pixel = (
        f'<mj-raw><img src="{escape(way.pixel)}" alt="" width="1" height="1" /></mj-raw>'
        if way.pixel
        else ""
    )
    said = ""
    if way.unsubscribe:
        why = escape(_why(language, values))
        ways = " · ".join(
            f'<a href="{escape(address)}" style="color:#6f6b61">{label}</a>'
            for address, label in _ways_out(language, way)
        )
        said = f"<mj-text {small}>{why}<br />{ways}</mj-text>"
    return (
        _section('<mj-spacer height="20px" />')
        + f'<mj-section background-color="#f8f5ef"><mj-column>{said}{pixel}'
        + '<mj-spacer height="16px" /></mj-column></mj-section>'
    )


# --- Plain text --------------------------------------------------------------------------------


def text_of(email: Email, language: Language, values: Values, way: "Addresses") -> str:
    """The same mail for who reads plain text; every link written out."""
    parts = [
        part
        for block, target in _with_links(email, language, values, way)
        if (part := _plain(block, language, values, target))
    ]
    if way.unsubscribe:
        ways = "\n".join(f"{label}: {address}" for address, label in _ways_out(language, way))
        parts.append(f"-- \n{_why(language, values)}\n{ways}")
    return "\n\n".join(parts) + "\n"


def _plain(block: AnyBlock, language: Language, values: Values, target: str) -> str:
    if isinstance(block, Heading | Text):
        return fill_in(block.text[language], language, values)
    if isinstance(block, Button):
        return f"{fill_in(block.text[language], language, values)}:\n{target}"
    if isinstance(block, Points):
        figure, word = (said_in(values.get(key, ""), language) for key in _POINTS)
        return f"{_SAID['have'][language]} {figure} {word}"
    if isinstance(block, Reward):
        name, price = _reward(block.reward, language, values)
        return f"{name} ({price})\n{target}" if name else ""
    if isinstance(block, Offers):
        return "\n\n".join("\n".join(offer) for offer in _offers(language, values))
    return ""


# --- What both lean on -------------------------------------------------------------------------

_POINTS = ("points", "points_word")
_PLAIN = 'style="margin:0;font-size:24px;line-height:30px"'


def _with_links(
    email: Email, language: Language, values: Values, way: "Addresses"
) -> Iterator[tuple[AnyBlock, str]]:
    """The blocks, each with where it leads to for this reader; numbered as `links_in` does."""
    number = 0
    for block in email.blocks:
        target = link_of(block)
        yield block, way.link(number, target) if target else ""
        number += bool(target)


def _reward(key: str, language: Language, values: Values) -> tuple[str, str]:
    name, price = values.get(f"reward:{key}", ""), values.get(f"price:{key}", "")
    return one_line(said_in(name, language)), one_line(said_in(price, language))


def _offers(language: Language, values: Values) -> Iterator[tuple[str, str, str]]:
    for number in range(1, OFFERS + 1):
        title, text, link = (
            one_line(said_in(values.get(f"offer_{number}_{part}", ""), language))
            for part in ("title", "text", "link")
        )
        if title:
            yield title, text, link


def _ways_out(language: Language, way: "Addresses") -> Iterator[tuple[str, str]]:
    yield way.unsubscribe, _SAID["stop"][language]
    if way.preferences:
        yield way.preferences, _SAID["choose"][language]


def _why(language: Language, values: Values) -> str:
    return fill_in(_SAID["why"][language], language, values)


def _brand(values: Values) -> str:
    colour = said_in(values.get("brand_colour", ""), "nl")
    return colour if _COLOUR.fullmatch(colour) else "#1f5f4a"


def _whole(address: str, values: Values) -> str:
    """A picture of ours needs its whole address; the house's own stands in the values."""
    base = said_in(values.get("base_url", ""), "nl")
    return base + address if address.startswith("/") else address
