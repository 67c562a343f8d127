"""Code pools: a partner's codes, filled by file, with what is left of them."""

import csv
import io
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from loyalty.admin.fields import DayInput, unused_key, whole
from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.templatetags.figures import day, last_day, number
from members.admin.deeds import done_by_form
from rewards.admin.fields import PeriodForm, a_name
from rewards.models import CodePool, Reward
from rewards.services.pools import LONGEST, MOST, SHORTEST, add_codes, save_pool

FILLS = "rewards.change_codepool"
LARGEST_FILE = 10 * 1024 * 1024
HEADS = {"code", "codes", "voucher", "coupon", "kortingscode"}
MOST_TOLD = 10


class PoolForm(forms.ModelForm[CodePool]):
    """What it is called, and when to warn."""

    name = a_name(gettext_lazy("Name"))
    low_at = forms.IntegerField(
        label=gettext_lazy("Warn when so many are left"),
        min_value=0,
        max_value=1_000_000,
        initial=25,
        widget=whole(),
    )

    class Meta:
        model = CodePool
        fields = ("name", "low_at")


class FillForm(PeriodForm):
    """A file with codes, one a line; of more columns the first."""

    use_required_attribute = False

    file = forms.FileField(
        label=gettext_lazy("File with codes"),
        help_text=gettext_lazy(
            "Text or CSV, a code on each line. The same file again adds nothing."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/plain,text/csv"}),
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day on which the partner takes them"),
        required=False,
        widget=DayInput(),
        help_text=gettext_lazy("Empty: they do not lapse."),
    )

    codes: list[str]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is too large: at most 10 MB."))
        try:
            said = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as wrong:
            raise forms.ValidationError(_("This is no file of text.")) from wrong
        self.codes = codes_in(said)
        if not self.codes:
            raise forms.ValidationError(_("There are no codes in it."))
        if len(self.codes) > MOST:
            raise forms.ValidationError(_("At most %s codes at once.") % number(MOST))
        if wrong_lines := _wrong(self.codes):
            raise forms.ValidationError(
                [
                    _("Nothing was added. A code has %(s)s to %(l)s characters.") % _LENGTHS,
                    *wrong_lines,
                ]
            )
        return file


_LENGTHS = {"s": SHORTEST, "l": LONGEST}


def codes_in(said: str) -> list[str]:
    """The first cell of every line, without a heading and without empty ones."""
    return [cell for cell in rows_in(said) if cell]


def rows_in(said: str) -> list[str]:
    """The first cell of every line as the file counts them; empty for a heading."""
    try:
        dialect: Any = csv.Sniffer().sniff(said[:4096], delimiters=";,\t")
    except csv.Error:
        dialect = csv.excel
    rows = csv.reader(io.StringIO(said.replace("\0", "")), dialect)
    cells = [row[0].strip() if row else "" for row in rows]
    first = next((place for place, cell in enumerate(cells) if cell), None)
    if first is not None and cells[first].lower() in HEADS:
        cells[first] = ""
    return cells


def _wrong(codes: list[str]) -> list[str]:
    """The lines that are no code, the first few; a code itself is shown to nobody."""
    found = [
        place
        for place, code in enumerate(codes, start=1)
        if not SHORTEST <= len(code) <= LONGEST or not code.isprintable()
    ]
    told = [
        _("Code %(place)s has %(length)s characters.")
        % {"place": number(place), "length": len(codes[place - 1])}
        for place in found[:MOST_TOLD]
    ]
    more = len(found) - MOST_TOLD
    return [*told, _("And %s more.") % number(more)] if more > 0 else told


@admin.register(CodePool)
class CodePoolAdmin(ConsoleAdmin):
    """What partners gave us to hand out."""

    intro = gettext_lazy(
        "Codes of partners, handed out one by one. You are told when few are left."
    )
    empty = gettext_lazy("Make a pool for a partner, fill it with their codes, and hand those out.")
    form = PoolForm
    programme_path = "programme"
    list_display = ["called", "left", "handed_out", "lapsed", "standing"]
    list_select_related = ["programme"]
    ordering = ["name"]
    fields = ["name", "low_at"]
    change_form_outer_before_template = "admin/rewards/pool_standing.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[CodePool]:
        pools: QuerySet[CodePool] = super().get_queryset(request).select_related("programme")
        now = timezone.now()
        free = Q(codes__redemption=None, codes__isnull=False)
        good = Q(codes__expires_at=None) | Q(codes__expires_at__gt=now)
        return pools.annotate(
            free=Count("codes", filter=free & good),
            out=Count("codes", filter=Q(codes__redemption__isnull=False)),
            over=Count("codes", filter=free & Q(codes__expires_at__lte=now)),
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.fill)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pool_id>/fill/", view, name="rewards_codepool_fill"), *urls]

    @display(description=gettext_lazy("Pool"))
    def called(self, pool: CodePool) -> str:
        return pool.name

    @display(description=gettext_lazy("Left"))
    def left(self, pool: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(pool.free))

    @display(description=gettext_lazy("Handed out"))
    def handed_out(self, pool: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(pool.out))

    @display(description=gettext_lazy("Lapsed"))
    def lapsed(self, pool: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(pool.over))

    @display(
        description=gettext_lazy("State"),
        label={"EMPTY": "danger", "LOW": "warning", "GOOD": "success"},
    )
    def standing(self, pool: Any) -> tuple[str, str]:
        return standing(pool)

    def save_model(self, request: HttpRequest, obj: CodePool, form: PoolForm, change: bool) -> None:
        programme_id = obj.programme_id or self.programme(request).pk
        taken = set(
            CodePool.objects.filter(programme_id=programme_id).values_list("key", flat=True)
        )
        pool = save_pool(
            programme_id=programme_id,
            key=obj.key or unused_key(form.cleaned_data["name"], taken, otherwise="pool"),
            name=form.cleaned_data["name"],
            low_at=form.cleaned_data["low_at"],
            pool_id=obj.pk,
            actor=actor_of(request),
            at=timezone.now(),
        )
        obj.pk, obj.programme_id, obj.key = pool.pk, pool.programme_id, pool.key

    def said(self, obj: Any) -> str:
        return str(_("Saved: “%s”.") % obj.name)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        pool = self.visible(request, object_id)
        state, words = standing(pool)
        used_by = Reward.objects.filter(programme=pool.programme_id, terms__pool=pool.key)
        first = pool.codes.filter(redemption=None, expires_at__gt=timezone.now())
        soonest = first.order_by("expires_at").values_list("expires_at", flat=True).first()
        more = {
            "pool": pool,
            "state": words,
            "colour": {"EMPTY": "danger", "LOW": "warning", "GOOD": "success"}[state],
            "used_by": list(used_by.order_by("name_nl")),
            "soonest": day(last_day(soonest)) if soonest else "",
            "fill": reverse("admin:rewards_codepool_fill", args=[pool.pk])
            if request.user.has_perm(FILLS)
            else "",
        }
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **more}
        )
        return response

    def fill(self, request: HttpRequest, pool_id: int) -> HttpResponse:
        """Codes out of a file: all of them, or none when one is wrong."""
        if not request.user.has_perm(FILLS):
            raise PermissionDenied
        pool: CodePool = self.visible(request, str(pool_id))
        form = FillForm(request.POST or None, request.FILES or None)
        form.programme = pool.programme

        def deed(_said: dict[str, Any]) -> str:
            added = add_codes(
                pool_id=pool.pk,
                codes=form.codes,
                expires_at=form.ends_at(),
                actor=actor_of(request),
                at=timezone.now(),
            )
            self.log_change(request, pool, f"+{added}")
            known = len(form.codes) - added
            told = ngettext("%s code was added.", "%s codes were added.", added) % number(added)
            if known:
                told += " " + _("%s were there already.") % number(known)
            return told

        page = reverse("admin:rewards_codepool_change", args=[pool.pk])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "original": pool,
            "title": _("Fill “%s”") % pool.name,
            "sentences": [_("Codes are kept sealed: only the member who takes one reads it.")],
            "button": _("Add the codes"),
            "page": page,
            "template": "admin/rewards/upload.html",
        }
        return done_by_form(request, form, deed=deed, context=context, after=lambda: redirect(page))


def standing(pool: Any) -> tuple[str, str]:
    """Whether there are enough, few or none left."""
    if not pool.free:
        return "EMPTY", _("Empty")
    if pool.free <= pool.low_at:
        return "LOW", _("Nearly empty")
    return "GOOD", _("Enough")
