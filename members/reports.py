"""How many members there are, and how many take part."""

from datetime import datetime

from members.models import Activity, Membership


def members_until(programme_id: int, *, at: datetime) -> int:
    """Who had joined by that moment."""
    return Membership.objects.filter(programme_id=programme_id, joined_at__lte=at).count()


def active_members(programme_id: int, *, since: datetime, until: datetime) -> int:
    """Members who did something in the period, its end not included."""
    done = Activity.objects.filter(
        membership__programme_id=programme_id, occurred_at__gte=since, occurred_at__lt=until
    )
    return done.values("membership").distinct().count()
