"""What a marketer does to a segment, each asked before it is done."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.enums import ActionVariant

from loyalty.admin.pages import actor_of
from loyalty.templatetags.figures import number
from members.admin.segment_keys import free_key
from members.admin.segment_page import SegmentPage
from members.admin.segment_uses import uses_of
from members.admin.segment_words import latest, members_told, said_by
from members.models import Segment
from members.services.segments import (
    draw_list,
    publish_segment,
    refresh_segment,
    save_segment,
    stop_segment,
)

Kind, State = Segment.Kind, Segment.State


class SegmentDeeds(SegmentPage):
    """Publish, stop, copy, draw, upload and count again."""

    actions_detail = ["publish", "draw", "refresh", "copy", "stop"]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Only what can be done now."""
        segment = self.get_object(request, str(object_id))
        if segment is None:
            return []
        is_live, last = segment.state == State.LIVE, latest(segment)
        has_change = last is not None and last.number != segment.version
        offered = {
            "publish": segment.kind != Kind.UPLOADED and (not is_live or has_change),
            "draw": segment.kind == Kind.STATIC and is_live,
            "refresh": segment.kind == Kind.DYNAMIC and is_live,
            "copy": segment.kind != Kind.UPLOADED,
            "stop": is_live,
        }
        actions = super().get_actions_detail(request, object_id)
        return [each for each in actions if offered[each.method.original_function_name]]

    def has_copy_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may make a segment may make one out of another."""
        return bool(self.has_add_permission(request))

    @action(
        description=gettext_lazy("Publish"),
        permissions=["change"],
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        segment = self.visible(request, object_id)

        def deed() -> str:
            publish_segment(segment_id=segment.pk, actor=actor_of(request), at=timezone.now())
            segment.refresh_from_db()
            return _("Live from now on: %s") % members_told(segment)

        follows = (
            _("From that moment who begins to belong to it comes in, and who no longer does goes.")
            if segment.kind == Kind.DYNAMIC
            else _("They are drawn once; who belongs to it later does not come in by itself.")
        )
        return self.ask(
            request,
            segment,
            title=_("Publish “%s”?") % segment,
            sentences=[said_by(segment), follows],
            button=_("Publish"),
            deed=deed,
        )

    @action(description=gettext_lazy("Stop"), permissions=["change"], icon="stop",
            variant=ActionVariant.DANGER)  # fmt: skip
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        segment = self.visible(request, object_id)

        def deed() -> str:
            stop_segment(segment_id=segment.pk, actor=actor_of(request), at=timezone.now())
            return str(_("Stopped: nobody is in “%s” any more.") % segment)

        return self.ask(
            request,
            segment,
            title=_("Stop “%s”?") % segment,
            sentences=[
                said_by(segment),
                _("Nobody is in it from then on. Rules, rewards and campaigns find nobody by it."),
                *(
                    _("In use by: %(kind)s “%(name)s”.") % {"kind": use.kind, "name": use.name}
                    for use in uses_of(request, segment)
                ),
            ],
            button=_("Stop"),
            deed=deed,
            danger=True,
        )

    @action(description=gettext_lazy("Copy"), permissions=["copy"], icon="content_copy")
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        segment = self.visible(request, object_id)

        def deed() -> str:
            made = _copied(segment, actor=actor_of(request))
            segment.pk = made.pk  # the page to go on to
            return str(_("Copied: this is “%s”, a draft.") % made)

        return self.ask(
            request,
            segment,
            title=_("Copy “%s”?") % segment,
            sentences=[_("The copy is a draft that says the same; change it as you like.")],
            button=_("Copy"),
            deed=deed,
        )

    @action(description=gettext_lazy("Count again"), permissions=["change"], icon="refresh")
    def refresh(self, request: HttpRequest, object_id: str) -> HttpResponse:
        segment = self.visible(request, object_id)

        def deed() -> str:
            refresh_segment(segment_id=segment.pk, at=timezone.now())
            segment.refresh_from_db()
            return _("Up to date: %s") % members_told(segment)

        return self.ask(
            request,
            segment,
            title=_("Look now who is in “%s”?") % segment,
            sentences=[
                said_by(segment),
                _("It follows by itself too; this is for when you do not want to wait."),
            ],
            button=_("Count again"),
            deed=deed,
        )

    @action(description=gettext_lazy("Draw again"), permissions=["change"], icon="casino")
    def draw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        segment = self.visible(request, object_id)

        def deed() -> str:
            draw_list(segment_id=segment.pk, actor=actor_of(request), at=timezone.now())
            segment.refresh_from_db()
            return _("Drawn: %s") % members_told(segment)

        return self.ask(
            request,
            segment,
            title=_("Draw “%s” again?") % segment,
            sentences=[
                said_by(segment),
                _("Who belongs to it at this moment is in it; who no longer does goes out."),
                _("Now %s are in it.") % number(segment.size or 0),
            ],
            button=_("Draw again"),
            deed=deed,
        )


def _copied(segment: Segment, *, actor: str) -> Segment:
    names = {
        "nl": f"{segment.name_nl[:92]} (kopie)",
        "en": f"{segment.name_en[:93]} (copy)",
    }
    last = latest(segment)
    return save_segment(
        programme_id=segment.programme_id,
        key=free_key(names["en"], segment.programme_id),
        names=names,
        kind=segment.kind,
        document=last.document if last else {},
        actor=actor,
        at=timezone.now(),
    )
