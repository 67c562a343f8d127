"""The shelves of the catalogue: what they are called, in which order, and what stands on them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from loyalty.admin.fields import unused_key, whole
from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.templatetags.figures import number
from rewards.admin.fields import a_name
from rewards.models import Reward, RewardCategory
from rewards.services.catalogue import save_category

FURTHEST = 32_000


class CategoryForm(forms.ModelForm[RewardCategory]):
    """Its name, and where it stands among the others."""

    name_nl = a_name(gettext_lazy("Name in Dutch"), longest=60)
    name_en = a_name(gettext_lazy("Name in English"), longest=60)
    position = forms.IntegerField(
        label=gettext_lazy("Place"),
        required=False,
        min_value=0,
        max_value=FURTHEST,
        widget=whole(),
        help_text=gettext_lazy("The lowest comes first. Empty: behind the others."),
    )

    class Meta:
        model = RewardCategory
        fields = ("name_nl", "name_en", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.initial["position"] = None

    def clean_position(self) -> int | None:
        """What is left empty stays where it is, or comes last: the service says where."""
        self.said_position: int | None = self.cleaned_data["position"]
        return self.instance.position if self.said_position is None else self.said_position


@admin.register(RewardCategory)
class RewardCategoryAdmin(ConsoleAdmin):
    """By what members filter the catalogue."""

    intro = gettext_lazy(
        "How members find their way among your rewards: each reward can stand in one of these."
    )
    empty = gettext_lazy("Make a category for every kind of thing that members look for.")
    list_title = gettext_lazy("Reward categories")
    form = CategoryForm
    programme_path = "programme"
    list_display = ["called", "dutch", "english", "offered", "how_many"]
    list_select_related = ["programme"]
    ordering = ["position", "key"]
    fields = ["name_nl", "name_en", "position"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RewardCategory]:
        shelves: QuerySet[RewardCategory] = super().get_queryset(request)
        return shelves.annotate(
            all=Count("rewards"), live=Count("rewards", filter=Q(rewards__state="LIVE"))
        )

    @display(description=gettext_lazy("Place"))
    def called(self, shelf: RewardCategory) -> str:
        return number(shelf.position)

    @display(description=gettext_lazy("Name in Dutch"))
    def dutch(self, shelf: RewardCategory) -> str:
        return shelf.name_nl

    @display(description=gettext_lazy("Name in English"))
    def english(self, shelf: RewardCategory) -> str:
        return shelf.name_en

    @display(description=gettext_lazy("Rewards that are live"))
    def offered(self, shelf: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(shelf.live))

    @display(description=gettext_lazy("Rewards in all"))
    def how_many(self, shelf: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(shelf.all))

    def save_model(
        self, request: HttpRequest, obj: RewardCategory, form: CategoryForm, change: bool
    ) -> None:
        programme_id = obj.programme_id or self.programme(request).pk
        shelves = RewardCategory.objects.filter(programme_id=programme_id)
        taken = set(shelves.values_list("key", flat=True))
        kept = save_category(
            programme_id=programme_id,
            key=obj.key or unused_key(obj.name_en, taken, otherwise="category"),
            name_nl=obj.name_nl,
            name_en=obj.name_en,
            position=form.said_position,
            actor=actor_of(request),
            at=timezone.now(),
        )
        obj.pk, obj.programme_id, obj.key = kept.pk, kept.programme_id, kept.key

    def said(self, obj: Any) -> str:
        many = Reward.objects.filter(category=obj.pk).count()
        standing = ngettext("%s reward stands in it.", "%s rewards stand in it.", many)
        return f"{_('Saved: “%s”.') % obj} {standing % number(many)}"
