"""Segments: members who have something in common, found by clicks and read back as a sentence."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.decorators import display
from unfold.views import ChangeList

from loyalty.admin.pages import exactly
from loyalty.templatetags.figures import number
from members.admin.segment_deeds import SegmentDeeds
from members.admin.segment_list_page import SegmentListPage
from members.admin.segment_trial import SegmentTrial
from members.admin.segment_words import COLOURS, sentences_of_all
from members.models import Segment


class SegmentList(ChangeList):  # type: ignore[misc]
    """The segments of a page with their sentences, made at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        said = sentences_of_all(self.result_list)
        for segment in self.result_list:
            segment.says = said[segment.pk]


@admin.register(Segment)
class SegmentAdmin(SegmentTrial, SegmentListPage, SegmentDeeds):
    """Who has something in common."""

    intro = gettext_lazy(
        "Groups of members who have something in common. Rules, rewards and campaigns ask for them."
    )
    empty = gettext_lazy(
        "Your segments will stand here. Begin with one that you would like to tell something."
    )
    programme_path = "programme"
    add_label = gettext_lazy("New segment")  # "segment" takes another article than most
    list_display = ["name", "says", "state_label", "kind_label", "members", "refreshed"]
    list_filter = ["state", "kind"]
    list_select_related = ["programme"]
    search_fields = ["name_nl", "name_en", "key"]
    ordering = ["-pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SegmentList

    @display(description=pgettext_lazy("column", "Segment"))
    def name(self, segment: Segment) -> str:
        return str(segment)

    @display(description=gettext_lazy("What it says"))
    def says(self, segment: Any) -> str:
        return str(segment.says)

    @display(description=gettext_lazy("State"), ordering="state", label=COLOURS)
    def state_label(self, segment: Segment) -> tuple[str, str]:
        return segment.state, segment.get_state_display()

    @display(description=gettext_lazy("Kind"))
    def kind_label(self, segment: Segment) -> str:
        return segment.get_kind_display()

    @display(description=gettext_lazy("Members"))
    def members(self, segment: Segment) -> SafeString:
        size = "–" if segment.size is None else number(segment.size)
        return format_html('<span class="figure">{}</span>', size)

    @display(description=gettext_lazy("As of"))
    def refreshed(self, segment: Segment) -> str:
        return exactly(segment.refreshed_at) if segment.refreshed_at else _("not yet")
