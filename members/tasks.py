"""The work of this app that can wait; config/schedule.py says when."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from loyalty.models import Programme
from loyalty.services.tier_moves import book_tier_moves
from members.services import bulk, duplicates, field_use, inference, passes, retention, standings
from members.services.importing.keeping import drop_old
from members.services.importing.running import unfinished, work_on
from members.services.segments import refresh_segments


@shared_task
def recount_standings(**_future: object) -> None:
    """Count for new tiers what members did before, and announce the tiers that they have by it."""
    for programme_id in Programme.objects.order_by("pk").values_list("pk", flat=True):
        after: int | None = 0
        while after is not None:
            done = standings.recount_standings(programme_id=programme_id, after=after)
            after = done.last_account
        after = 0
        while after is not None:
            moved = book_tier_moves(programme_id=programme_id, at=timezone.now(), after=after)
            after = moved.last_account


@shared_task
def work_on_import(import_id: str, **_future: object) -> None:
    """Try, carry out or undo an import; where another worker is at it already, nothing."""
    work_on(import_id=UUID(import_id), clock=timezone.now)


@shared_task
def resume_imports(**_future: object) -> None:
    """Take up imports that wait, or that a worker left behind when it died."""
    for import_id in unfinished():
        work_on_import.delay(str(import_id))


@shared_task
def drop_imported_lines(**_future: object) -> None:
    """Forget refused lines after their time, and files that nobody went on with."""
    drop_old(at=timezone.now())


@shared_task
def infer_preferences(**_future: object) -> None:
    """Conclude anew what members who agreed to that seem to like; the rest is not looked at."""
    for programme_id in Programme.objects.order_by("pk").values_list("pk", flat=True):
        inference.infer_preferences(programme_id=programme_id, at=timezone.now())


@shared_task
def note_field_uses(**_future: object) -> None:
    """Write down which fields of members' data are in use today, and by what."""
    for programme_id in Programme.objects.order_by("pk").values_list("pk", flat=True):
        field_use.note_current_uses(programme_id=programme_id, at=timezone.now())


@shared_task
def carry_out_retention(**_future: object) -> None:
    """Let go of what was kept long enough; late or twice makes no difference."""
    for programme_id in Programme.objects.order_by("pk").values_list("pk", flat=True):
        retention.carry_out(programme_id=programme_id, at=timezone.now())


@shared_task
def renew_passes(serials: list[str], **_future: object) -> None:
    """Let cards in Google's wallets show what they should by now; late or twice is the same."""
    passes.renew_google(serials=[UUID(serial) for serial in serials], at=timezone.now())


@shared_task
def find_duplicates(**_future: object) -> None:
    """Look in every programme for people who may be in it twice, for somebody to decide."""
    for programme_id in Programme.objects.order_by("pk").values_list("pk", flat=True):
        duplicates.find_duplicates(programme_id=programme_id, at=timezone.now())


@shared_task
def work_on_bulk_deed(bulk_id: str, **_future: object) -> None:
    """Do what was asked for many members, chunk by chunk."""
    while bulk.work_on_bulk(bulk_id=UUID(bulk_id), at=timezone.now()):
        pass


@shared_task
def resume_bulk_deeds(**_future: object) -> None:
    """Take up deeds for many members that wait, or that a worker left behind when it died."""
    for bulk_id in bulk.unfinished_bulk():
        work_on_bulk_deed.delay(str(bulk_id))


@shared_task
def follow_segments(**_future: object) -> None:
    """Let live segments follow their conditions, also where nothing but time went by."""
    refresh_segments(at=timezone.now())
