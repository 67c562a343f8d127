"""The work of this app that can wait; config/schedule.py says when."""

from celery import shared_task
from django.utils import timezone

from campaigns.services.results import read_due


@shared_task
def read_results(**_future: object) -> None:
    """Judge the campaigns whose day has come, whether or not anybody looks."""
    read_due(timezone.now())
