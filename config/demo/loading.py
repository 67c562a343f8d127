"""Loads the households as members and their baskets through the batch door, in order.

The order is fixed, so what is loaded already is a beginning of it: a load that was interrupted, or
is asked for more households, goes on where the last one ended. Loading again changes nothing.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from config.demo.calendar import anchor_of_loaded, anchor_week
from config.demo.households import History, read_history, taken_at
from config.demo.people import People, Person
from config.demo.returns import KEY, Deed, Return, Story
from loyalty.errors import DomainError
from loyalty.services.rulebook import Rulebook
from loyalty.types import Line
from members.errors import IdentifierTaken
from members.models import Activity
from members.services.activities import record_activities
from members.services.enrolment import Enrolment, enrol_members
from members.types import ActivitySubmission, LineSubmission

ACTOR = "system:demo"
BASKET = "basket:"
BEFORE_THE_FIRST = timedelta(weeks=53)  # the households joined before their year began


class Progress(NamedTuple):
    """How far a load is: purchases and returns loaded by it, those before it, and all there are."""

    loaded: int
    before: int
    total: int


def load_households(
    *,
    book: Rulebook,
    households: int | None,
    chunk: int,
    at: datetime,
    say: Callable[[Progress], None],
) -> Progress:
    """Enrol the first so many households, or all, and record what they bought and brought back.

    Raises the refusal of a purchase that the platform does not take: then the load stops there.
    """
    baskets = Activity.objects.filter(external_id__startswith=BASKET)
    anchor = anchor_in_use(at)
    history = read_history(anchor=anchor, households=households)
    people = _enrolled(book, history, at)
    story = Story(history, anchor=anchor)
    loaded = baskets.count() + Activity.objects.filter(external_id__startswith=KEY).count()
    before = min(loaded, len(story))
    progress = Progress(0, before, len(story))
    for deeds in story.chunks(chunk, skip=before):
        submissions = [_submission(deed, people) for deed in deeds]
        for answer in record_activities(book=book, submissions=submissions, actor=ACTOR, at=at):
            if isinstance(answer, DomainError):
                raise answer
        progress = progress._replace(loaded=progress.loaded + len(deeds))
        say(progress)
    return progress


def anchor_in_use(at: datetime) -> date:
    """The Monday before which the households' year ends: that of an earlier load, or the next."""
    baskets = Activity.objects.filter(external_id__startswith=BASKET)
    first = baskets.order_by("external_id").values("external_id", "occurred_at").first()
    if first and (taken := taken_at(first["external_id"])):
        return anchor_of_loaded(taken_at=taken, occurred_at=first["occurred_at"])
    return anchor_week(at)


def _enrolled(book: Rulebook, history: History, at: datetime) -> dict[int, Person]:
    """The person of each household, all of them members by now."""
    maker = People()
    people = {household: maker.of(household) for household in history.households}
    enrolments = [
        Enrolment(
            identifiers=[f"card:{person.card}", f"email:{person.email}"],
            given_name=person.given_name,
            family_name=person.family_name,
            language=person.language,
            joined_at=at - BEFORE_THE_FIRST,
        )
        for person in people.values()
    ]
    answers = enrol_members(
        programme_id=book.programme_id,
        enrolments=enrolments,
        touchpoint="import",
        actor=ACTOR,
        at=at,
    )
    _refuse_all_but_known(answers)
    return people


def _refuse_all_but_known(answers: Sequence[object]) -> None:
    for answer in answers:
        if isinstance(answer, DomainError) and not isinstance(answer, IdentifierTaken):
            raise answer


def _submission(deed: Deed, people: dict[int, Person]) -> ActivitySubmission:
    if isinstance(deed, Return):
        return _return(deed, people)
    purchase, activity = deed, deed.activity
    return ActivitySubmission(
        type=activity.type,
        member=f"card:{people[purchase.household].card}",
        source=purchase.source,
        external_id=purchase.external_id,
        occurred_at=activity.occurred_at,
        channel=activity.channel,
        location=activity.location,
        lines=tuple(_line(line) for line in activity.lines),
    )


def _return(deed: Return, people: dict[int, Person]) -> ActivitySubmission:
    lines = () if deed.line is None else (_part(deed.line, deed.quantity),)
    return ActivitySubmission(
        type="return",
        member=f"card:{people[deed.sale.household].card}",
        source=deed.sale.source,
        external_id=deed.external_id,
        original=deed.sale.external_id,
        occurred_at=deed.occurred_at,
        channel=deed.sale.activity.channel,
        location=deed.sale.activity.location,
        lines=lines,
    )


def _part(line: int, quantity: Decimal) -> LineSubmission:
    return LineSubmission(line=line, quantity=str(quantity))


def _line(line: Line) -> LineSubmission:
    return LineSubmission(
        product=line.product,
        amount=str(line.amount),
        category=line.category,
        brand=line.brand,
        quantity=str(line.quantity),
    )
