"""The work of the house itself that can wait; config/schedule.py says when."""

from celery import shared_task
from django.utils import timezone

from config.models import Heartbeat, note_heartbeat
from loyalty.tasks import audit_ledger as audit


@shared_task
def show_life(**_future: object) -> None:
    """Note that beat, broker and a worker do their work: all three were needed for this."""
    note_heartbeat(Heartbeat.Part.WORKER, at=timezone.now())


@shared_task
def audit_ledger(**_future: object) -> None:
    """Derive the books again, and note when that was and how many promises were broken."""
    differences = audit()
    note_heartbeat(Heartbeat.Part.AUDIT, at=timezone.now(), problems=len(differences))
