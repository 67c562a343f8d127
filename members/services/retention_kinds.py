"""What this app keeps for a time, and how each kind of it is let go."""

from datetime import datetime, timedelta

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from members.models import (
    ClaimAttempt,
    Consent,
    GuestSale,
    ImportRow,
    MemberLook,
    Message,
    ProfileAnswer,
    TimelineEntry,
    Visitor,
    VisitorEvent,
)
from members.services.retention import INACTIVE, Kind, deleted, register_kind

_A_YEAR = 365
_DAY = timedelta(days=1)


def _answers(programme_id: int, now: datetime, most: int) -> int:
    """Each question says itself how long its answers are kept."""
    until = ExpressionWrapper(
        F("answered_at") + F("field__keep_days") * _DAY, output_field=DateTimeField()
    )
    rows = ProfileAnswer.objects.filter(field__programme=programme_id)
    return deleted(rows.alias(until=until).filter(until__lte=now), most)


def _timeline(programme_id: int, before: datetime, most: int) -> int:
    rows = TimelineEntry.objects.filter(
        member__memberships__programme=programme_id, occurred_at__lt=before
    )
    return deleted(rows, most)


def _visitor_events(programme_id: int, before: datetime, most: int) -> int:
    rows = VisitorEvent.objects.filter(visitor__programme=programme_id, recorded_at__lt=before)
    return deleted(rows, most)


def _visitors(programme_id: int, before: datetime, most: int) -> int:
    unknown = Visitor.objects.filter(programme=programme_id, member=None, agreed_at__lt=before)
    recent = VisitorEvent.objects.filter(visitor=OuterRef("pk"), recorded_at__gte=before)
    return deleted(unknown.filter(~Exists(recent)), most)


def _guest_sales(programme_id: int, before: datetime, most: int) -> int:
    rows = GuestSale.objects.filter(
        programme=programme_id, claimed_by=None, claimable_until__lt=before
    )
    return deleted(rows, most)


def _refused_lines(programme_id: int, before: datetime, most: int) -> int:
    """What the lines said goes; that they were refused, and why, stays in the count."""
    rows = ImportRow.objects.filter(
        of__programme=programme_id,
        of__ended_at__lt=before,
        outcome=ImportRow.Outcome.REFUSED,
        said__isnull=False,
    )
    chosen = list(rows.order_by("of", "number").values_list("pk", flat=True)[:most])
    return ImportRow.objects.filter(pk__in=chosen).update(said=None)


def _attempts(programme_id: int, before: datetime, most: int) -> int:
    rows = ClaimAttempt.objects.filter(membership__programme=programme_id, attempted_at__lt=before)
    return deleted(rows, most)


def _looks(programme_id: int, before: datetime, most: int) -> int:
    rows = MemberLook.objects.filter(
        member__memberships__programme=programme_id, last_at__lt=before
    )
    return deleted(rows, most)


def _messages(programme_id: int, before: datetime, most: int) -> int:
    rows = Message.objects.filter(membership__programme=programme_id, sent_at__lt=before)
    return deleted(rows, most)


def _receipts(programme_id: int, before: datetime, most: int) -> int:
    """Receipts that a later word of the same purpose and channel replaced; a last word stays."""
    later = Consent.objects.filter(
        Q(recorded_at__gt=OuterRef("recorded_at"))
        | Q(recorded_at=OuterRef("recorded_at"), pk__gt=OuterRef("pk")),
        member=OuterRef("member"),
        purpose=OuterRef("purpose"),
        channel=OuterRef("channel"),
    )
    rows = Consent.objects.filter(
        Exists(later), member__memberships__programme=programme_id, recorded_at__lt=before
    )
    return deleted(rows, most)


def register_kinds() -> None:
    """Make them known; once, when the app starts."""
    for kind in _OURS:
        register_kind(kind)


_OURS = (
    Kind(
        key=INACTIVE,
        title=_("Members who do nothing any more"),
        explained=_("Listed for you to decide on after so many days without an activity."),
        days=3 * _A_YEAR,
        least=180,
    ),
    Kind(
        key="answers",
        title=_("Answers to questions"),
        explained=_("Each question says itself how long its answers are kept."),
        days=0,
        least=0,
        is_said_elsewhere=True,
        remove=_answers,
    ),
    Kind(
        key="timeline",
        title=_("Stories of members"),
        explained=_("What happened to a member, as the desk and the member read it."),
        days=5 * _A_YEAR,
        least=30,
        remove=_timeline,
    ),
    Kind(
        key="messages",
        title=_("Message box"),
        explained=_("Messages to members in the portal."),
        days=_A_YEAR,
        least=30,
        remove=_messages,
    ),
    Kind(
        key="looks",
        title=_("Who looked at members"),
        explained=_("Who saw, changed or took out a member's data."),
        days=2 * _A_YEAR,
        least=180,
        remove=_looks,
    ),
    Kind(
        key="replaced_consents",
        title=_("Consents that were replaced"),
        explained=_("Receipts after which the member said something else. The last word stays."),
        days=5 * _A_YEAR,
        least=_A_YEAR,
        remove=_receipts,
    ),
    Kind(
        key="visitor_events",
        title=_("What visitors did"),
        explained=_("Of people who are no member yet and agreed to be remembered."),
        days=90,
        remove=_visitor_events,
    ),
    Kind(
        key="visitors",
        title=_("Visitors who did not become members"),
        explained=_("Forgotten so many days after the last they did."),
        days=90,
        remove=_visitors,
    ),
    Kind(
        key="guest_sales",
        title=_("Sales that nobody claimed"),
        explained=_("So many days after they could be claimed no more."),
        days=30,
        remove=_guest_sales,
    ),
    Kind(
        key="claim_attempts",
        title=_("Attempts to claim a receipt"),
        explained=_("Kept to stop who guesses."),
        days=30,
        least=2,
        remove=_attempts,
    ),
    Kind(
        key="refused_rows",
        title=_("Refused lines of imports"),
        explained=_("The lines themselves, for whoever has to put them right."),
        days=30,
        remove=_refused_lines,
    ),
)
