"""What the pages of signing in need: options for the script of the passkeys, and plain fields."""

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import BoundField

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """The value as JSON; the template escapes it for the attribute it stands in."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def plainly(field: BoundField) -> BoundField:
    """The field without what it would say inside: the label above says it, and stays."""
    field.field.widget.attrs.pop("placeholder", None)
    return field
