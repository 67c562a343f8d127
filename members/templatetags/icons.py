"""The icons, drawn into a page when it is compiled: showing one then costs nothing."""

from django import template
from django.template.base import Parser, TextNode, Token
from django.template.engine import Engine

register = template.Library()


@register.tag
def icon(_parser: Parser, token: Token) -> TextNode:
    """`{% icon "bell" %}` is the drawing of icons/bell.svg, which says nothing of its own."""
    try:
        _tag, quoted = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("icon takes the name of one icon.") from None
    name = quoted.strip('"')
    return TextNode(Engine.get_default().get_template(f"icons/{name}.svg").source)
