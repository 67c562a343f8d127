"""What is kept in both languages, in the one of the page."""

from django import template
from django.utils.translation import get_language, gettext

from loyalty.models import Unit
from members.models import Message

register = template.Library()


@register.filter
def title_of(message: Message) -> str:
    return message.title_nl if get_language() == "nl" else message.title_en


@register.filter
def text_of(message: Message) -> str:
    return message.text_nl if get_language() == "nl" else message.text_en


@register.filter
def way_of(message: Message) -> str:
    """What the button under a message says, by where it leads."""
    ways = {
        "/": gettext("To your home page"),
        "/card/": gettext("To your card"),
        "/earn/": gettext("How you earn points"),
        "/rewards/": gettext("Choose a reward"),
        "/statement/": gettext("All movements"),
    }
    if message.link.startswith("/redemptions/"):
        return gettext("To the code")
    return ways.get(message.link, gettext("Have a look"))


@register.filter
def unit_name(unit: Unit) -> str:
    return unit.name_nl if get_language() == "nl" else unit.name_en
