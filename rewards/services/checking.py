"""A row as staff wrote it, checked by its model's own fields."""

from collections.abc import Sequence

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from loyalty.errors import InvalidRequest


def checked(row: Model, *, but: Sequence[str] = ()) -> None:
    """Raises InvalidRequest, which names the first field that is wrong; `but` are not looked at."""
    try:
        row.full_clean(exclude=but)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidRequest(
            " ".join(messages), field="" if field == NON_FIELD_ERRORS else field
        ) from error
