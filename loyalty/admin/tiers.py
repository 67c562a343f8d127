"""Tiers: what members work towards, as a form and in words; published and stopped."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from loyalty.admin.pages import ConsoleAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.admin.tier_wording import sentences, tiers_said
from loyalty.errors import DomainError
from loyalty.forms.tiers import TierRows, TierSetForm, fields_of, policy_of, rows_of
from loyalty.models import Programme, TierSet
from loyalty.services.tiers import publish_tier_set, save_tier_set, stop_tier_set

ADD = "add-tier"
COLOURS = {True: "success", False: "info"}


@admin.register(TierSet)
class TierSetAdmin(ConsoleAdmin):
    """What is asked for each tier, and who keeps it."""

    list_title = gettext_lazy("Tiers")
    intro = gettext_lazy("What your members work towards, and what keeps them there.")
    empty = gettext_lazy("Make tiers, so that members have something to work towards.")
    programme_path = "programme"
    list_display = ["called", "asked", "state_label"]
    ordering = ["key"]
    list_select_related = ["programme"]
    actions_detail = ["publish", "stop"]

    @display(description=gettext_lazy("Name"))
    def called(self, tier_set: TierSet) -> str:
        return str(tier_set)

    @display(description=gettext_lazy("Tiers"))
    def asked(self, tier_set: TierSet) -> str:
        return tiers_said(tier_set)

    @display(description=gettext_lazy("State"), label=COLOURS)
    def state_label(self, tier_set: TierSet) -> tuple[bool, Any]:
        return tier_set.is_live, _("Live") if tier_set.is_live else _("Draft")

    # --- The page ------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._made(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        tier_set = self.visible(request, object_id)
        if request.method == "POST" and not self.has_change_permission(request, tier_set):
            raise PermissionDenied
        return self._made(request, tier_set)

    def _made(self, request: HttpRequest, tier_set: TierSet | None) -> HttpResponse:
        programme = tier_set.programme if tier_set else self.programme(request)
        if request.method != "POST":
            form = TierSetForm(programme=programme, initial=fields_of(tier_set))
            shown = TierRows(prefix="tiers", initial=rows_of(tier_set))
            return self._drawn(request, tier_set, form, shown)
        sent = request.POST.copy()
        if sent.get("deed") == ADD:
            rows_sent = sent.get("tiers-TOTAL_FORMS", "")
            sent["tiers-TOTAL_FORMS"] = str(int(rows_sent) + 1 if rows_sent.isdecimal() else 1)
        form = TierSetForm(sent, programme=programme)
        rows: Any = TierRows(sent, prefix="tiers")
        rows.is_by_group = sent.get("measure") == "segment"
        if sent.get("deed") != ADD and form.is_valid() and rows.is_valid():
            try:
                return self._saved(request, programme, tier_set, form.cleaned_data, rows.tiers())
            except DomainError as refusal:
                form.add_error(None, told(refusal))
        return self._drawn(request, tier_set, form, rows)

    def _saved(
        self,
        request: HttpRequest,
        programme: Programme,
        tier_set: TierSet | None,
        said: dict[str, Any],
        tiers: list[dict[str, Any]],
    ) -> HttpResponse:
        saved = save_tier_set(
            programme_id=programme.pk,
            key=tier_set.key if tier_set else free_key(said["name_en"], programme),
            name_nl=said["name_nl"],
            name_en=said["name_en"],
            policy=policy_of(said, tiers),
            actor=actor_of(request),
            at=timezone.now(),
        )
        if saved.is_live:
            messages.success(request, _("Saved. It holds from now on."))
        else:
            messages.success(request, _("Saved as a draft: nobody has a tier of it yet."))
        return self.page_of(saved.pk)

    def _drawn(
        self, request: HttpRequest, tier_set: TierSet | None, form: TierSetForm, rows: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": str(tier_set) if tier_set else _("New tiers"),
            "opts": self.model._meta,
            "original": tier_set,
            "has_add_permission": False,
            "form": form,
            "rows": rows,
            "may_change": self.has_change_permission(request, tier_set)
            if tier_set
            else self.has_add_permission(request),
        }
        if tier_set:
            context |= {"sentences": sentences(tier_set), "is_live": tier_set.is_live}
            deeds = self.get_actions_detail(request, tier_set.pk)
            context["actions_detail"] = self._get_actions_navigation(
                self.actions_detail, deeds, tier_set.pk
            )
        return TemplateResponse(request, "admin/loyalty/tier_set.html", context)

    # --- Publishing and stopping ---------------------------------------------------------------

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Publish a draft, stop what is live."""
        tier_set = self.get_object(request, str(object_id))
        if tier_set is None:
            return []
        offered = {"publish": not tier_set.is_live, "stop": tier_set.is_live}
        actions = super().get_actions_detail(request, object_id)
        return [a for a in actions if offered[a.method.original_function_name]]

    @action(
        description=gettext_lazy("Publish"),
        permissions=["change"],
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        tier_set = self.visible(request, object_id)

        def deed() -> str:
            publish_tier_set(tier_set_id=tier_set.pk, actor=actor_of(request), at=timezone.now())
            return str(_("Live from now on: %s.") % tiers_said(tier_set))

        return self.ask(
            request,
            tier_set,
            title=_("Publish “%s”?") % tier_set,
            sentences=[
                *sentences(tier_set),
                _("From that moment members have these tiers, by all that they did before too."),
            ],
            button=_("Publish"),
            deed=deed,
        )

    @action(
        description=gettext_lazy("Stop"),
        permissions=["change"],
        icon="stop",
        variant=ActionVariant.DANGER,
    )
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        tier_set = self.visible(request, object_id)

        def deed() -> str:
            stop_tier_set(tier_set_id=tier_set.pk, actor=actor_of(request), at=timezone.now())
            return str(_("Stopped: nobody has a tier of “%s” any more.") % tier_set)

        return self.ask(
            request,
            tier_set,
            title=_("Stop “%s”?") % tier_set,
            sentences=[_("From that moment no member has one of these tiers.")],
            button=_("Stop"),
            deed=deed,
            danger=True,
        )


def free_key(name: str, programme: Programme) -> str:
    """A key for a new tier set that no other of the programme has."""
    base = slugify(name)[:50] or "tiers"
    taken = set(TierSet.objects.filter(programme=programme).values_list("key", flat=True))
    return next(k for k in (base, *(f"{base}-{n}" for n in range(2, 999))) if k not in taken)
