"""The work of this app that can wait; config/schedule.py says when."""

import structlog
from celery import shared_task
from django.utils import timezone

from loyalty.models import Programme
from loyalty.services import back_tests
from loyalty.services.audit import audit
from loyalty.services.delivering import forget_deliveries as forget_webhooks
from loyalty.services.expiry import expire_due_points as book_expired
from loyalty.services.expiry_warnings import warn_of_expiry as warn
from loyalty.services.idempotency import forget_answers as forget
from loyalty.services.relay import hand_on
from loyalty.services.seals import seal_days
from loyalty.services.tier_moves import book_tier_moves

log = structlog.get_logger()


@shared_task
def dispatch_events(**_future: object) -> None:
    """Sweep the outbox: what the relay left, and what failed and is due. Safe many at once."""
    hand_on(at=timezone.now())


@shared_task
def forget_answers(**_future: object) -> None:
    """Delete the answers kept for repeated requests once they are a week old."""
    log.info("answers_forgotten", count=forget(at=timezone.now()))


@shared_task
def forget_deliveries(**_future: object) -> None:
    """Delete the record of webhooks that ended a month ago."""
    log.info("deliveries_forgotten", count=forget_webhooks(at=timezone.now()))


@shared_task
def expire_due_points(**_future: object) -> None:
    """Book the points whose time has passed; late or twice makes no difference."""
    now = timezone.now()
    after: int | None = 0
    while after is not None:
        after = book_expired(at=now, after=after).last_account


@shared_task
def warn_of_expiry(**_future: object) -> None:
    """Announce the points that lapse soon, once for each account, day and term."""
    now = timezone.now()
    after: int | None = 0
    while after is not None:
        after = warn(at=now, after=after).last_account


@shared_task
def move_tiers(**_future: object) -> None:
    """Book and announce the tiers that time has changed; late or twice makes no difference."""
    now = timezone.now()
    for programme_id in Programme.objects.order_by("pk").values_list("pk", flat=True):
        after: int | None = 0
        while after is not None:
            moved = book_tier_moves(programme_id=programme_id, at=now, after=after)
            after = moved.last_account


@shared_task
def seal_books(**_future: object) -> None:
    """Seal the days that are over; the log is one more place that keeps the digests."""
    for head in seal_days(at=timezone.now()):
        log.info("day_sealed", programme=head.programme, day=str(head.day), digest=head.digest)


@shared_task
def audit_ledger(**_future: object) -> dict[str, int]:
    """Prove the books; a difference is an error in the log."""
    differences = {f.name: f.differences for f in audit() if f.differences}
    if differences:
        log.error("audit_differences", **differences)
    else:
        log.info("audit_clean")
    return differences


@shared_task
def run_back_test(back_test_id: int, **_future: object) -> None:
    """Try a draft on history; where another worker is at it already, nothing."""
    back_tests.run_back_test(back_test_id=back_test_id, clock=timezone.now)


@shared_task
def resume_back_tests(**_future: object) -> None:
    """Take up what waits, or what a worker left behind when it died."""
    for back_test_id in back_tests.unfinished():
        run_back_test.delay(back_test_id)
