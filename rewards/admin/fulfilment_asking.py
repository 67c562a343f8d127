"""Which part of the queue is asked for."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from rewards.admin.asking import AskFilter, AskForm, a_day, one_of
from rewards.models import Fulfilment

State, Way = Fulfilment.State, Fulfilment.Way
OPEN = (State.TO_DO, State.READY)
LATE = timedelta(days=3)
"""What waits longer than this is late; what is booked, once its moment has passed."""


class FulfilmentAsk(AskForm):
    """Which of what is to be done; without a state what still is."""

    state = one_of(
        gettext_lazy("State"),
        [("late", gettext_lazy("Late")), *State.choices, ("all", gettext_lazy("All"))],
    )
    way = one_of(gettext_lazy("How"), Way.choices)
    location = one_of(gettext_lazy("Where"))
    reward = one_of(gettext_lazy("Reward"))
    since = a_day(gettext_lazy("Asked from"))
    until = a_day(gettext_lazy("Up to and including"))

    def offer(self) -> None:
        self.offer_rewards()
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            ("", gettext_lazy("To do and ready")),
            *list(self.fields["state"].choices)[1:],  # type: ignore[attr-defined]
        ]
        places = self.programme.locations.order_by("name").values_list("name", flat=True)
        self.offered("location", [(name, name) for name in places])

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        state = self.says("state")
        if state == "late":
            rows = rows.filter(late(timezone.now()))
        elif state in State.values:
            rows = rows.filter(state=state)
        elif state != "all":
            rows = rows.filter(state__in=OPEN)
        for field, of in (
            ("way", "way"),
            ("location", "location"),
            ("reward", "redemption__reward"),
        ):
            if said := self.says(field):
                rows = rows.filter(**{of: said})
        return self.within(rows, "asked_at")


class FulfilmentFilter(AskFilter):
    form_class = FulfilmentAsk


def late(at: datetime) -> Q:
    """What should have been done by that moment."""
    waited = Q(booked_for=None, asked_at__lt=at - LATE) | Q(booked_for__lt=at)
    return Q(state__in=OPEN) & waited
