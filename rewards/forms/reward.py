"""The console's form of a reward: what every kind asks, and what its own kind asks besides."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from loyalty.errors import InvalidRequest
from loyalty.models import Location, Programme
from loyalty.services.held_tiers import tier_names
from loyalty.services.rulebook import current_rulebook
from rewards.forms.fields import CodesField, MomentField, amount, day, line, text, whole
from rewards.forms.terms import PREFIX, answers_of, terms_fields, terms_of
from rewards.kinds import read_terms
from rewards.models import CodePool, Reward, RewardCategory, RewardPicture, Stock
from rewards.services.catalogue import kept_terms
from rewards.services.pictures import picture_drawn_again

Kind = Reward.Kind
PRICE = "price_of_"
CHANNELS = [
    ("portal", gettext_lazy("Their own pages")),
    ("web", gettext_lazy("Webshop")),
    ("app", gettext_lazy("App")),
    ("store", gettext_lazy("Till in the shop")),
]
NO_PRICE = {Kind.TENDER}
NO_VOUCHER = {Kind.SERVICE, Kind.DONATION, Kind.PARTNER, Kind.TENDER, Kind.MULTIPLIER}
SAVED = (
    *("name_nl", "name_en", "description_nl", "description_en"),
    *("small_print_nl", "small_print_en", "cost", "budget", "limit_per_member", "limit_days"),
    *("tiers", "segments", "channels", "locations", "is_offline", "stacking_group"),
)


def _several(label: Any, choices: Any = (), **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        **more,
    )


def _choice(label: Any, choices: Any = (), **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=False, widget=UnfoldAdminSelectWidget, **more
    )


def _switch(label: Any, **more: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanSwitchWidget, **more)


class RewardForm(forms.ModelForm[Reward]):
    """A reward in the words of the shop: days, a price in points, how many there are."""

    name_nl = line(gettext_lazy("Name in Dutch"))
    name_en = line(gettext_lazy("Name in English"))
    description_nl = text(gettext_lazy("Description in Dutch"))
    description_en = text(gettext_lazy("Description in English"))
    small_print_nl = text(gettext_lazy("Terms in Dutch"), rows=2)
    small_print_en = text(gettext_lazy("Terms in English"), rows=2)
    category = _choice(gettext_lazy("Category"))
    position = whole(
        gettext_lazy("Place in the catalogue"),
        least=-1000,
        most=1000,
        required=False,
        help_text=gettext_lazy("The lowest comes first; after that the cheapest."),
    )
    picture = forms.FileField(
        label=gettext_lazy("Picture"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy("A PNG, JPEG or WebP file; it is shown 4 wide by 3 high."),
    )
    is_picture_removed = _switch(gettext_lazy("Show no picture any more"))
    alt_nl = line(gettext_lazy("What the picture shows, in Dutch"), most=150, required=False)
    alt_en = line(
        gettext_lazy("What the picture shows, in English"),
        most=150,
        required=False,
        help_text=gettext_lazy("For who cannot see it."),
    )
    points = whole(gettext_lazy("Price in points"), least=0)
    money = amount(
        gettext_lazy("And money on top"),
        required=False,
        help_text=gettext_lazy("Paid at the till or in the webshop. Empty: points alone."),
    )
    cost = amount(
        gettext_lazy("What one costs us"),
        required=False,
        help_text=gettext_lazy("Members do not see it."),
    )
    budget = amount(
        gettext_lazy("Budget"),
        required=False,
        max_digits=12,
        help_text=gettext_lazy("It is sold out when this has been spent. Empty: no limit."),
    )
    stock = whole(
        gettext_lazy("How many there are"),
        least=0,
        required=False,
        help_text=gettext_lazy("Those already redeemed included. Empty: as many as are wanted."),
    )
    limit_per_member = whole(
        gettext_lazy("At most per member"),
        most=10_000,
        required=False,
        help_text=gettext_lazy("Empty: no limit."),
    )
    limit_days = whole(
        gettext_lazy("Within so many days"),
        most=3650,
        required=False,
        help_text=gettext_lazy("Empty: ever."),
    )
    starts_on = day(
        gettext_lazy("First day"), help_text=gettext_lazy("Empty: from when it is published.")
    )
    ends_on = day(
        gettext_lazy("Last day"),
        help_text=gettext_lazy("This day still counts. Empty: until you stop it."),
    )
    shown_from = day(
        gettext_lazy("Announced from"),
        help_text=gettext_lazy("Members see it, and when it begins. Empty: from the first day."),
    )
    shown_until = day(
        gettext_lazy("Shown up to and including"),
        help_text=gettext_lazy("As over, after the last day. Empty: up to the last day."),
    )
    is_hidden = _switch(
        gettext_lazy("Not in the catalogue"),
        help_text=gettext_lazy("Members get it on occasions, by a stamp card or a batch."),
    )
    tiers = _several(gettext_lazy("Only for these tiers"))
    segments = CodesField(
        label=gettext_lazy("Only for these segments"),
        required=False,
        help_text=gettext_lazy("Their keys, with commas between them. Empty: everybody."),
    )
    channels = _several(gettext_lazy("Only to be had here"), CHANNELS)
    locations = _several(gettext_lazy("Only in these shops"))
    voucher_valid_days = whole(
        gettext_lazy("A voucher is valid"),
        most=3650,
        initial=90,
        help_text=gettext_lazy("In days, from redeeming on."),
    )
    undo_minutes = whole(
        gettext_lazy("Minutes to change their mind"), least=0, most=10_080, required=False
    )
    is_personal = _switch(
        gettext_lazy("Only for the member who took it"),
        help_text=gettext_lazy("Else whoever has the code can use it: it can be given away."),
    )
    is_offline = _switch(
        gettext_lazy("Also for tills without a line"),
        help_text=gettext_lazy("The code is signed, so that such a till can check it."),
    )
    stacking = _choice(gettext_lazy("Together with other vouchers"), Reward.Stacking.choices)
    stacking_group = forms.SlugField(
        label=gettext_lazy("Its group"),
        required=False,
        max_length=60,
        widget=line("").widget,
        help_text=gettext_lazy("Of one group, one voucher goes into a basket."),
    )

    class Meta:
        model = Reward
        fields = ("name_nl", "name_en")

    kind: str = Kind.GIFT
    chosen_programme: Programme  # what a new reward becomes part of

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        reward = kwargs.get("instance")
        known = reward if reward is not None and reward.pk else None
        self.programme = known.programme if known else self.chosen_programme
        self.held = Stock.objects.filter(reward=known).first() if known else None
        self.had = RewardPicture.objects.filter(reward=known).first() if known else None
        asked = self._shown(known) if known else {"undo_minutes": 15, "stacking": "FREELY"}
        kwargs["initial"] = {**asked, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, MomentField):
                field.zone = self.zone
        self._offer()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.programme.time_zone)

    def said(self) -> dict[str, Any]:
        """What `save_reward` takes, but for key and programme."""
        answers = self.cleaned_data
        hidden = bool(answers.get("is_hidden"))
        prices = {
            name.removeprefix(PRICE): points
            for name, points in answers.items()
            if name.startswith(PRICE) and points is not None
        }
        return {
            **{name: answers[name] for name in SAVED if name in answers},
            "kind": self.kind,
            "terms": answers["terms"],
            "category_id": int(answers["category"]) if answers.get("category") else None,
            "position": answers.get("position") or 0,
            "points": answers.get("points") or 0,
            "money": answers.get("money") or Decimal(0),
            "tier_points": prices,
            "is_listed": not hidden,
            "is_bearer": not answers.get("is_personal"),
            "stacking": answers.get("stacking") or Reward.Stacking.FREELY,
            "voucher_valid_days": answers.get("voucher_valid_days") or 90,
            "undo_minutes": answers.get("undo_minutes") or 0,
            "available_from": self._from("starts_on"),
            "available_until": self._until("ends_on"),
            "visible_from": self._from("shown_from"),
            "visible_until": self._until("shown_until"),
        }

    def clean_picture(self) -> bytes | None:
        upload = self.cleaned_data["picture"]
        if not upload:
            return None
        said: bytes = upload.read()
        try:
            picture_drawn_again(said)
        except InvalidRequest as refusal:
            raise forms.ValidationError(_(refusal.detail)) from refusal
        return said

    def clean_stock(self) -> int | None:
        stock: int | None = self.cleaned_data["stock"]
        budgeted = self.data.get("budget")
        if self.held and stock is None and not budgeted:
            raise forms.ValidationError(_("Fill in a number: this reward has a stock."))
        taken = self._taken()
        if stock is not None and stock < taken:
            raise forms.ValidationError(
                _("%s have been redeemed already; it cannot be fewer.") % taken
            )
        return stock

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if said.get("starts_on") and said.get("ends_on") and said["starts_on"] > said["ends_on"]:
            self.add_error("ends_on", _("The last day comes before the first."))
        if said.get("points") == 0 and not said.get("is_hidden"):
            self.add_error("points", _("What is in the catalogue costs a point or more."))
        if said.get("budget") is not None and not said.get("cost"):
            self.add_error("cost", _("A budget needs what one costs."))
        if not any(name.startswith(PREFIX) for name in self.errors):
            self._clean_terms()
        return said

    def _clean_terms(self) -> None:
        try:
            said = terms_of(self.kind, self.cleaned_data)
            is_offline = bool(self.cleaned_data.get("is_offline"))
            kept_terms(self.programme.pk, self.kind, said, is_offline=is_offline)
        except forms.ValidationError as wrong:
            self.add_error(None, wrong)
        except InvalidRequest as refusal:
            field = refusal.field.replace("terms.", PREFIX, 1)
            self.add_error(field if field in self.fields else None, _(refusal.detail))
        else:
            self.cleaned_data["terms"] = said

    def _taken(self) -> int:
        if self.held is None:
            return 0
        return self.held.total - sum(self.held.shelves.values_list("left", flat=True))

    def _offer(self) -> None:
        """Fill in what there is to choose from."""
        shelves = RewardCategory.objects.filter(programme=self.programme)
        self._choices("category", [("", "—"), *((each.pk, str(each)) for each in shelves)])
        known = Location.objects.filter(programme=self.programme).order_by("name")
        self._choices("locations", _kept(known.values_list("name", flat=True), self, "locations"))
        names = tier_labels(self.programme)
        self._choices("tiers", names)
        if self.kind == Kind.PARTNER:
            pools = CodePool.objects.filter(programme=self.programme).order_by("name")
            self._choices(f"{PREFIX}pool", [(pool.key, pool.name) for pool in pools])

    def _choices(self, field: str, choices: Iterable[tuple[Any, Any]]) -> None:
        if field in self.fields:
            self.fields[field].choices = list(choices)  # type: ignore[attr-defined]

    def _shown(self, reward: Reward) -> dict[str, Any]:
        return {
            **{name: getattr(reward, name) for name in SAVED},
            **answers_of(read_terms(reward.kind, reward.terms)),
            **{f"{PRICE}{tier}": points for tier, points in reward.tier_points.items()},
            "category": reward.category_id or "",
            "position": reward.position,
            "points": reward.points,
            "money": reward.money or None,
            "is_hidden": not reward.is_listed,
            "is_personal": not reward.is_bearer,
            "stacking": reward.stacking,
            "voucher_valid_days": reward.voucher_valid_days,
            "undo_minutes": reward.undo_minutes,
            "starts_on": self._day(reward.available_from),
            "ends_on": self._last_day(reward.available_until),
            "shown_from": self._day(reward.visible_from),
            "shown_until": self._last_day(reward.visible_until),
            "stock": self.held.counted if self.held else None,
            "alt_nl": self.had.alt_nl if self.had else "",
            "alt_en": self.had.alt_en if self.had else "",
        }

    def _day(self, moment: datetime | None) -> date | None:
        return moment and moment.astimezone(self.zone).date()

    def _last_day(self, moment: datetime | None) -> date | None:
        return self._day(moment and moment - timedelta(microseconds=1))

    def _from(self, field: str) -> datetime | None:
        first = self.cleaned_data.get(field)
        return self._start_of(first) if first else None

    def _until(self, field: str) -> datetime | None:
        last = self.cleaned_data.get(field)
        return self._start_of(last + timedelta(days=1)) if last else None

    def _start_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)


def reward_form(kind: str, programme: Programme) -> type[RewardForm]:
    """The form of a kind: its own fields, a price for each tier, and nothing that it has not."""
    fields: dict[str, Any] = dict(terms_fields(kind))
    left_out: set[str] = set()
    if kind in NO_PRICE:
        left_out = {"points", "money"}
    else:
        for tier, name in tier_labels(programme):
            fields[f"{PRICE}{tier}"] = whole(
                _("Price for %s") % name,
                least=0,
                required=False,
                help_text=gettext_lazy("Empty: the same as for everybody."),
            )
    if kind in NO_VOUCHER:
        left_out |= {"is_personal", "is_offline", "stacking", "stacking_group"}
        left_out |= {"voucher_valid_days"}
    return type(
        f"{kind.title()}Form", (RewardForm,), {**fields, **dict.fromkeys(left_out), "kind": kind}
    )


def tier_labels(programme: Programme) -> list[tuple[str, str]]:
    """The programme's tiers with what they are called in the language of the page."""
    language = "nl" if get_language() == "nl" else "en"
    names = tier_names(current_rulebook(programme_id=programme.pk))
    return [(key, words.get(language, key)) for key, words in names.items()]


def _kept(known: Iterable[str], form: RewardForm, field: str) -> list[tuple[str, str]]:
    """What is known, and what was chosen before it was."""
    chosen = form.initial.get(field) or []
    return [(name, name) for name in dict.fromkeys([*known, *chosen])]
