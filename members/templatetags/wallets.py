"""Which wallets a member can put the card in."""

from django import template

from members.services.passes import offered

register = template.Library()


@register.simple_tag
def wallets() -> list[str]:
    """ "APPLE" and "GOOGLE", as far as the environment has keys for them."""
    return offered()
