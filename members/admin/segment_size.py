"""How many a segment in the making has, for the page: the number, who may be written to, some."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from loyalty.templatetags.figures import number
from members.admin.segment_editor import SegmentEditor
from members.models import Consent, Membership
from members.services.segments import estimate


def size_of(request: HttpRequest, editor: SegmentEditor) -> dict[str, Any]:
    """What the page tells of the size, once the form makes sense; `is_counted` that it was asked."""
    context: dict[str, Any] = {"is_counted": True}
    if not editor.has_conditions or not editor.is_valid:
        return context
    try:
        found = estimate(
            programme_id=editor.around.programme.pk, document=editor.document, at=timezone.now()
        )
    except DomainError as refusal:
        return {**context, "size_problem": told(refusal)}
    may_see = request.user.has_perm("members.view_member")
    return {
        **context,
        "size": {
            "told": _told(found.size, is_exact=found.is_exact),
            "range": "" if found.is_exact else _range(found.low, found.high),
            "channels": [(_channel(key), number(of)) for key, of in found.contactable.items()],
            "sample": _named(found.sample) if may_see else [],
        },
    }


def _told(size: int, *, is_exact: bool) -> str:
    members = ngettext("%s member", "%s members", size) % number(size)
    return members if is_exact else _("About %s") % members


def _range(low: int, high: int) -> str:
    return _("Counted in a sample: between %(low)s and %(high)s.") % {
        "low": number(low),
        "high": number(high),
    }


def _channel(key: str) -> str:
    labels = dict(Consent.Channel.choices)
    return str(labels.get(key.upper(), key))


def _named(sample: Any) -> list[tuple[str, str]]:
    """The sample as names with their pages, in one query."""
    rows = Membership.objects.filter(pk__in=list(sample)).select_related("member").order_by("pk")
    return [
        (
            str(row.member) or _("Without a name"),
            reverse("admin:members_member_change", args=[row.member_id]),
        )
        for row in rows
    ]
