"""A row as staff wrote it, checked by its model's own fields."""

from collections.abc import Sequence

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from loyalty.errors import InvalidRequest


def checked(row: Model, *, but: Sequence[str] = ()) -> None:
    """Raises InvalidRequest, which names the first field that is wrong; `but` are not looked at.

    What may be null and is so is left out: a form may want it, the row does not.
    """
    empty = {
        field.name
        for field in row._meta.concrete_fields
        if field.null and getattr(row, field.attname) is None
    }
    try:
        row.full_clean(exclude=empty | set(but))
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidRequest(
            " ".join(messages), field="" if field == NON_FIELD_ERRORS else field
        ) from error
