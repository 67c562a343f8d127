"""What a campaign caused: the answer in a sentence, then the figures, then what people made of it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from campaigns.admin.campaign_page import tabs_of
from campaigns.admin.result_words import in_words, names_of, tables
from campaigns.models import HOLDOUT, Campaign, CampaignNote, CampaignVersion, Reading
from campaigns.services.notes import LONGEST, write_note
from campaigns.services.results import figures_in, read_campaign
from campaigns.services.together import REST, SPANS, figures_together
from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from members.models import User

READ, NOTE = "campaigns.add_reading", "campaigns.add_campaignnote"
MOST_READINGS = 50


class NoteForm(forms.Form):
    """What somebody makes of it."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=CampaignNote.Kind.choices,
        widget=UnfoldAdminSelectWidget,
    )
    text = forms.CharField(
        label=gettext_lazy("What do you make of it, or decide?"),
        max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin):
    """The readings of all campaigns, and the page of each campaign's results."""

    list_title = gettext_lazy("What campaigns caused")
    intro = gettext_lazy("Each reading says what a campaign did, beside those who got nothing.")
    list_before_template = "admin/campaigns/results_before.html"
    empty = gettext_lazy("Here stands what a campaign caused, once one has been read.")
    programme_path = "campaign__programme"
    list_display = ["named", "answer", "sort", "read"]
    list_display_links = ["named"]
    ordering = ["-read_at", "-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reading]:
        rows: QuerySet[Reading] = super().get_queryset(request)
        return rows.select_related("campaign__programme")

    @display(description=gettext_lazy("Campaign"))
    def named(self, reading: Reading) -> str:
        return str(reading.campaign)

    @display(description=gettext_lazy("What came of it"))
    def answer(self, reading: Reading) -> str:
        names = names_of(reading.campaign, None)
        currency = reading.campaign.programme.currency
        return str(in_words(figures_in(reading), currency, names)["answer"])

    @display(description=gettext_lazy("Reading"), label={"final": "success", "early": "warning"})
    def sort(self, reading: Reading) -> tuple[str, str]:
        return ("final", _("Judged")) if reading.is_final else ("early", _("Read early"))

    @display(description=gettext_lazy("Read"))
    def read(self, reading: Reading) -> Any:
        return reading.read_at

    def get_urls(self) -> list[URLPattern]:
        ours = [
            ("together/", self.together, "campaigns_together"),
            ("of/<int:campaign_id>/", self.results, "campaigns_campaign_results"),
            ("of/<int:campaign_id>/read/", self.read_now, "campaigns_campaign_read"),
            ("of/<int:campaign_id>/note/", self.note, "campaigns_campaign_note"),
        ]
        urls: list[URLPattern] = super().get_urls()
        wrap = self.admin_site.admin_view
        return [*(path(route, wrap(view), name=name) for route, view, name in ours), *urls]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A reading is looked at on its campaign's page."""
        reading = self.visible(request, object_id)
        address = reverse("admin:campaigns_campaign_results", args=[reading.campaign_id])
        return redirect(f"{address}?reading={reading.pk}")

    def results(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        """The page itself."""
        campaign = self._campaign(request, campaign_id)
        readings = list(campaign.readings.order_by("-is_final", "-read_at", "-pk")[:MOST_READINGS])
        asked = request.GET.get("reading", "")
        chosen = next((each for each in readings if str(each.pk) == asked), None)
        chosen = chosen or (readings[0] if readings else None)
        context = {
            **self.admin_site.each_context(request),
            "title": str(campaign),
            "opts": campaign._meta,
            "original": campaign,
            "campaign": campaign,
            "tabs": tabs_of(campaign),
            "tab": "results",
            "reading": chosen,
            "readings": readings if len(readings) > 1 else [],
            "may_read": self._may_read(request, campaign, readings),
            "notes": _notes(campaign),
            "form": NoteForm(auto_id="note_%s"),
            "may_write": request.user.has_perm(NOTE),
        }
        if chosen:
            document = _document(campaign)
            figures = figures_in(chosen)
            names = names_of(campaign, document)
            currency = campaign.programme.currency
            context |= {"figures": figures, **in_words(figures, currency, names)}
            context |= tables(figures, currency, names)
        return TemplateResponse(request, "admin/campaigns/results.html", context)

    def together(self, request: HttpRequest) -> HttpResponse:
        """What all marketing together caused, over so many days; nothing is kept of the look."""
        if not request.user.has_perm("campaigns.view_reading"):
            raise PermissionDenied
        asked = request.GET.get("days", "")
        days = int(asked) if asked in map(str, SPANS) else SPANS[1]
        programme = self.programme(request)
        figures = figures_together(programme=programme, days=days, at=timezone.now())
        names = {"": _("All who may hear from us"), REST: _("All who may hear from us")}
        names[HOLDOUT] = _("Held out of everything")
        context = {
            **self.admin_site.each_context(request),
            "title": _("What all marketing together caused"),
            "opts": self.opts,
            "figures": figures,
            "days": days,
            "spans": SPANS,
            **in_words(figures, programme.currency, names, is_together=True),
            **tables(figures, programme.currency, names),
        }
        return TemplateResponse(request, "admin/campaigns/together.html", context)

    def read_now(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        """Read it today; before its day that is an early reading."""
        campaign = self._campaign(request, campaign_id)

        def deed() -> str:
            read_campaign(campaign_id=campaign.pk, actor=actor_of(request), at=timezone.now())
            return _("Read.")

        return self._done(request, campaign, READ, deed)

    def note(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        """Write down what was made of it."""
        campaign = self._campaign(request, campaign_id)
        form = NoteForm(request.POST)

        def deed() -> str:
            form.is_valid()
            write_note(
                campaign_id=campaign.pk,
                kind=CampaignNote.Kind(form.cleaned_data.get("kind", CampaignNote.Kind.NOTE)),
                text=form.cleaned_data.get("text", ""),
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("Written down.")

        return self._done(request, campaign, NOTE, deed)

    def _done(
        self, request: HttpRequest, campaign: Campaign, permission: str, deed: Any
    ) -> HttpResponse:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            messages.success(request, deed())
        except DomainError as refusal:
            messages.error(request, told(refusal))
        return redirect("admin:campaigns_campaign_results", campaign.pk)

    def _may_read(self, request: HttpRequest, campaign: Campaign, readings: list[Reading]) -> bool:
        is_judged = bool(readings) and readings[0].is_final
        return request.user.has_perm(READ) and campaign.launched_at is not None and not is_judged

    def _campaign(self, request: HttpRequest, campaign_id: int) -> Campaign:
        if not request.user.has_perm("campaigns.view_campaign"):
            raise PermissionDenied
        campaign = Campaign.objects.select_related("programme").filter(pk=campaign_id).first()
        if campaign is None:
            raise Http404
        return campaign


def _document(campaign: Campaign) -> Any:
    versions = CampaignVersion.objects.filter(campaign=campaign, number=campaign.version)
    return versions.values_list("document", flat=True).first()


def _notes(campaign: Campaign) -> list[tuple[CampaignNote, str]]:
    notes = list(campaign.notes.order_by("-written_at", "-pk")[:MOST_READINGS])
    ids = {note.actor[6:] for note in notes if note.actor.startswith("staff:")}
    rows = User.objects.filter(pk__in=[each for each in ids if each.isdigit()])
    authors = {f"staff:{pk}": email for pk, email in rows.values_list("pk", "email")}
    return [(note, authors.get(note.actor, note.actor)) for note in notes]
