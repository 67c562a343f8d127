"""Whose an event is: the programmes whose systems may be told of it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from uuid import UUID

from loyalty.models import Account, OutboxEvent, Programme

Finder = Callable[[Collection[UUID]], Mapping[UUID, Collection[int]]]

_finders: list[Finder] = []


def finds_programmes(finder: Finder) -> Finder:
    """Register a function that knows of some subjects to which programmes they belong."""
    _finders.append(finder)
    return finder


def programmes_of(events: Sequence[OutboxEvent]) -> list[list[int]]:
    """For each event its programmes, in order; empty where nobody knows.

    With a single programme everything is its. With more an event belongs where its subject does, or
    to the programme that it names: who is in doubt is not told.
    """
    slugs = dict(Programme.objects.values_list("slug", "pk"))
    if len(slugs) == 1:
        return [sorted(slugs.values())] * len(events)
    subjects = {event.subject for event in events if event.subject}
    found: dict[UUID, set[int]] = defaultdict(set)
    for finder in _finders:
        for subject, programmes in finder(subjects).items():
            found[subject].update(programmes)
    return [
        sorted(
            found[event.subject]
            if event.subject in found
            else {slugs[slug] for slug in [event.payload.get("programme")] if slug in slugs}
        )
        for event in events
    ]


@finds_programmes
def of_holders(subjects: Collection[UUID]) -> Mapping[UUID, Collection[int]]:
    """Holders belong where they have an account."""
    rows = Account.objects.filter(holder__in=subjects).values_list("holder", "unit__programme")
    found: dict[UUID, set[int]] = defaultdict(set)
    for holder, programme in rows:
        if holder:
            found[holder].add(programme)
    return found
