"""Occasions: moments at which members get a reward without asking, and what they gave so far."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display
from unfold.views import ChangeList

from loyalty.admin.fields import unused_key
from loyalty.admin.pages import actor_of
from loyalty.templatetags.figures import number
from rewards.admin.live import COLOURS, STATES, LiveAdmin
from rewards.admin.occasion_form import OccasionForm
from rewards.admin.occasion_words import occasion_sentence
from rewards.admin.words import GRANT_COLOURS
from rewards.models import Grant, Occasion, OccasionReward
from rewards.services.occasions import publish_occasion, save_occasion, stop_occasion


class OccasionList(ChangeList):  # type: ignore[misc]
    """The occasions of a page with how often each gave something, counted at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        rows = Grant.objects.filter(occasion__in=self.result_list).values("occasion")
        given = dict(rows.annotate(n=Count("pk")).values_list("occasion", "n"))
        for occasion in self.result_list:
            occasion.given = given.get(occasion.pk, 0)


@admin.register(Occasion)
class OccasionAdmin(LiveAdmin):
    """Birthdays, milestones, surprises."""

    intro = gettext_lazy(
        "Moments at which members get a reward without asking: a birthday, a milestone, a surprise."
    )
    empty = gettext_lazy("Make the first: something small on a birthday. It will stand here.")
    form = OccasionForm
    programme_path = "programme"
    list_display = ["called", "says", "state_label", "given_so_far"]
    ordering = ["state", "name_nl"]
    fieldsets = [
        (None, {"fields": ["name_nl", "name_en"]}),
        (
            gettext_lazy("The moment"),
            {
                "fields": [
                    *("when", "question", "days_ahead", "tier", "points", "count", "days"),
                    "repeats",
                ]
            },
        ),
        (gettext_lazy("What they get"), {"fields": ["does", "rewards", "chances", "valid_days"]}),
        (gettext_lazy("For whom"), {"fields": ["for_tiers", "for_segments"]}),
        (gettext_lazy("From and until"), {"fields": ["starts_on", "ends_on"]}),
    ]
    change_form_outer_before_template = "admin/rewards/occasion_standing.html"
    publishing = staticmethod(publish_occasion)
    stopping = staticmethod(stop_occasion)
    id_name = "occasion_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Occasion]:
        occasions: QuerySet[Occasion] = super().get_queryset(request)
        choices = OccasionReward.objects.select_related("reward").order_by("reward_id")
        return occasions.select_related("programme").prefetch_related(Prefetch("choices", choices))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OccasionList

    @display(description=gettext_lazy("Occasion"))
    def called(self, occasion: Occasion) -> str:
        return str(occasion)

    @display(description=gettext_lazy("What it says"))
    def says(self, occasion: Occasion) -> str:
        return self.sentences_of(occasion)[0]

    @display(description=gettext_lazy("State"), label=COLOURS)
    def state_label(self, occasion: Occasion) -> tuple[str, Any]:
        return occasion.state, STATES[occasion.state]

    @display(description=gettext_lazy("Given"))
    def given_so_far(self, occasion: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(occasion.given))

    def save_model(
        self, request: HttpRequest, obj: Occasion, form: OccasionForm, change: bool
    ) -> None:
        programme_id = form.programme.pk
        taken = set(
            Occasion.objects.filter(programme_id=programme_id).values_list("key", flat=True)
        )
        occasion = save_occasion(
            programme_id=programme_id,
            occasion=form.draft(
                obj.key if change else unused_key(obj.name_en, taken, otherwise="occasion")
            ),
            occasion_id=obj.pk if change else None,
            actor=actor_of(request),
            at=timezone.now(),
        )
        obj.pk, obj.programme_id, obj.key = occasion.pk, occasion.programme_id, occasion.key

    def said(self, obj: Any) -> str:
        occasion = Occasion.objects.select_related("programme").get(pk=obj.pk)
        kept = self.sentences_of(occasion)[0]
        if occasion.state == Occasion.State.LIVE:
            return str(_("Saved: %s") % kept)
        return str(_("Saved, not live yet: %s") % kept)

    def sentences_of(self, thing: Any) -> list[str]:
        """In the page's language first, then in the other."""
        choices = list(thing.choices.all())
        languages = ["nl", "en"] if (get_language() or "nl").startswith("nl") else ["en", "nl"]
        return [occasion_sentence(thing, choices, language) for language in languages]

    def live_means(self, thing: Any) -> str:
        return _("From that moment it gives by itself; what was before it counts for nothing.")

    def stopped_means(self, thing: Any) -> str:
        return _("It gives no more. What members were given stays theirs.")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        occasion = self.visible(request, object_id)
        rows = Grant.objects.filter(occasion=occasion).values("state").annotate(n=Count("pk"))
        given = dict(rows.values_list("state", "n"))
        weights = [each.weight for each in occasion.choices.all()]
        standing = {
            "state": STATES[occasion.state],
            "state_colour": COLOURS[occasion.state],
            "sentences": self.sentences_of(occasion),
            "is_dutch_first": (get_language() or "nl").startswith("nl"),
            "given": [
                (label, number(given.get(value, 0)), GRANT_COLOURS[value])
                for value, label in Grant.State.choices
            ],
            "chances": [
                (str(each.reward), round(100 * each.weight / sum(weights)))
                for each in occasion.choices.all()
            ]
            if occasion.way == Occasion.Way.SURPRISE
            else [],
            "grants": f"?occasion={occasion.pk}",
        }
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **standing}
        )
        return response
