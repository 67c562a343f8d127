"""Settings: the programme's policies, and the words for categories and places."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.admin import scope
from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.forms import ProgrammeForm
from loyalty.forms.face import face_of, preview
from loyalty.models import Category, Location, Programme
from loyalty.services.programmes import change_face, change_programme
from loyalty.services.registry import register_categories, register_locations
from loyalty.services.units import NEVER
from loyalty.types import EarningBase, Rounding

EXPIRY = [
    "expiry_kind",
    "expiry_number",
    ("expiry_period", "expiry_after"),
    "expiry_dates",
    "expiry_activities",
]


@admin.register(Programme)
class ProgrammeAdmin(ConsoleAdmin):
    """What the scheme is called and how it reckons."""

    intro = gettext_lazy("What your programme is called, how it looks and how it reckons.")
    form = ProgrammeForm
    programme_path = "pk"
    readonly_fields = ["looks"]
    fieldsets = [
        (None, {"fields": ["name"]}),
        (gettext_lazy("How points are reckoned"), {"fields": ["point_worth", "rounding"]}),
        (
            gettext_lazy("What earns"),
            {"fields": ["earns_on_points_tender", "earns_on_gift_cards", "earns_on_delivery"]},
        ),
        (gettext_lazy("When points lapse"), {"fields": EXPIRY}),
        (
            gettext_lazy("Returns and gifts"),
            {"fields": ["return_policy", "goodwill_days", "transfer_limit"]},
        ),
        (
            gettext_lazy("Looks of the portal"),
            {"fields": ["looks", "brand_colour", "accent_colour", "new_logo", "remove_logo"]},
        ),
        (
            gettext_lazy("Help for members"),
            {
                "fields": [
                    ("help_email", "help_phone"),
                    "help_hours",
                    "privacy_page",
                    "claim_days",
                ]
            },
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=gettext_lazy("Preview"))
    def looks(self, programme: Programme) -> SafeString:
        """As saved; the logo too."""
        return preview(programme)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The menu leads straight to the programme that is looked at."""
        programme = scope.chosen(request)
        if self.has_view_or_change_permission(request) and programme is not None:
            return self.page_of(programme.pk)
        return super().changelist_view(request, extra_context)

    def follow(self, request: HttpRequest, thing: Programme) -> None:
        """The programme itself is the one to look at."""
        scope.follow(request, thing.pk)

    def save_model(
        self, request: HttpRequest, obj: Programme, form: forms.ModelForm[Any], change: bool
    ) -> None:
        assert isinstance(form, ProgrammeForm)  # noqa: S101 - the form of this page
        said = form.cleaned_data
        change_programme(
            programme_id=obj.pk,
            name=said["name"],
            point_worth=said["point_worth"],
            rounding=Rounding(said["rounding"]),
            expiry=form.expiry_policy or NEVER,
            base=EarningBase(
                points_tender=said["earns_on_points_tender"],
                gift_cards=said["earns_on_gift_cards"],
                delivery=said["earns_on_delivery"],
            ),
            return_policy=Programme.ReturnPolicy(said["return_policy"]),
            goodwill_days=said["goodwill_days"],
            transfer_limit=said["transfer_limit"],
            brand_colour=said["brand_colour"],
            accent_colour=said["accent_colour"],
            actor=actor_of(request),
            at=timezone.now(),
        )
        change_face(
            programme_id=obj.pk, actor=actor_of(request), at=timezone.now(), **face_of(said)
        )

    def said(self, obj: Any) -> str:
        return _("Saved. It holds for what members earn from now on.")


class WordForm(forms.ModelForm[Category]):
    """A category in both languages; its key is what tills send, so it is set once."""

    class Meta:
        model = Category
        fields = ("key", "name_nl", "name_en")
        labels = {
            "key": gettext_lazy("Key"),
            "name_nl": gettext_lazy("Name in Dutch"),
            "name_en": gettext_lazy("Name in English"),
        }
        help_texts = {
            "key": gettext_lazy("As the webshop and the tills send it. It cannot be changed later.")
        }
        widgets = dict.fromkeys(fields, UnfoldAdminTextInputWidget)


@admin.register(Category)
class CategoryAdmin(ConsoleAdmin):
    """What the rules may choose from."""

    intro = gettext_lazy("The kinds of products that your rules can choose from.")
    empty = gettext_lazy("Add the categories that your webshop and tills send.")
    form = WordForm
    programme_path = "programme"
    list_display = ["dutch", "english", "code"]
    search_fields = ["key", "name_nl", "name_en"]
    ordering = ["name_nl"]

    @display(description=gettext_lazy("Name in Dutch"))
    def dutch(self, category: Category) -> str:
        return category.name_nl

    @display(description=gettext_lazy("Name in English"))
    def english(self, category: Category) -> str:
        return category.name_en

    @display(description=gettext_lazy("Key"))
    def code(self, category: Category) -> str:
        return category.key

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> list[str]:
        return ["key"] if obj else []

    def save_model(
        self, request: HttpRequest, obj: Category, form: forms.ModelForm[Category], change: bool
    ) -> None:
        programme_id = obj.programme_id or self.programme(request).pk
        words = {obj.key: {"nl": obj.name_nl, "en": obj.name_en}}
        register_categories(programme_id=programme_id, words=words)
        kept = Category.objects.get(programme_id=programme_id, key=obj.key)
        obj.pk, obj.programme_id = kept.pk, programme_id

    def said(self, obj: Any) -> str:
        return str(_("Saved: rules can now choose “%s”.") % obj.name)


class LocationForm(forms.ModelForm[Location]):
    """A place by the name that tills report."""

    class Meta:
        model = Location
        fields = ("name",)
        labels = {"name": gettext_lazy("Name")}
        help_texts = {"name": gettext_lazy("Exactly as the till or the webshop sends it.")}
        widgets = {"name": UnfoldAdminTextInputWidget}


@admin.register(Location)
class LocationAdmin(ConsoleAdmin):
    """Shops and webshops."""

    intro = gettext_lazy("Your shops and webshops, by the names that they send.")
    empty = gettext_lazy("Add the shops and webshops where members earn points.")
    form = LocationForm
    programme_path = "programme"
    list_display = ["called"]
    search_fields = ["name"]
    ordering = ["name"]

    @display(description=gettext_lazy("Name"))
    def called(self, location: Location) -> str:
        return location.name

    def has_change_permission(self, request: HttpRequest, obj: Location | None = None) -> bool:
        """A place is known by its name: another name is another place."""
        return False

    def save_model(
        self, request: HttpRequest, obj: Location, form: forms.ModelForm[Location], change: bool
    ) -> None:
        programme_id = self.programme(request).pk
        register_locations(programme_id=programme_id, names=[obj.name])
        obj.pk = Location.objects.get(programme_id=programme_id, name=obj.name).pk
        obj.programme_id = programme_id

    def said(self, obj: Any) -> str:
        return str(_("Saved: rules can now choose “%s”.") % obj.name)
