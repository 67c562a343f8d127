"""Which questions to members the live occasions use, so that members are told, and nothing is kept
that nobody uses.
"""

from collections.abc import Iterable

from members.services import field_names
from members.services.field_use import Use, register_source
from rewards.models import Occasion
from rewards.moments import Birthday, read_moment

OCCASION = "occasion"


def by_occasions(programme_id: int) -> Iterable[Use]:
    live = Occasion.objects.filter(
        programme_id=programme_id,
        state=Occasion.State.LIVE,
        moment=Occasion.Moment.BIRTHDAY,
    )
    for occasion in live.order_by("pk"):
        moment = read_moment(occasion.moment, occasion.params)
        if isinstance(moment, Birthday):
            yield field_names.of_question(moment.question), f"{OCCASION}:{occasion.key}"


def register() -> None:
    """Have the nightly job ask; done when the app starts."""
    register_source(OCCASION, by_occasions)
