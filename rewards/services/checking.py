"""A row as staff wrote it, checked by its model's own fields."""

from collections.abc import Sequence

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from loyalty.errors import InvalidRequest
from rewards.kinds import read_terms
from rewards.models import Reward
from rewards.redeeming import checked_choice, checked_wish


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


def check_can_be_given(reward: Reward, *, field: str) -> None:
    """Raises InvalidRequest for what cannot be given: points as money, of which it costs none."""
    if reward.kind == Reward.Kind.TENDER:
        raise InvalidRequest("Points as money cannot be given.", field=field)


def check_asks_nothing(reward: Reward, *, field: str) -> None:
    """Raises InvalidRequest for a reward of which the member has to choose something, or say where
    it goes.
    """
    terms = read_terms(reward.kind, reward.terms)
    try:
        checked_choice(terms, None)
        checked_wish(terms, None)
    except InvalidRequest as asks:
        raise InvalidRequest(
            f"{reward} asks the member something, so it cannot come by itself.", field=field
        ) from asks
