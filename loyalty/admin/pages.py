"""What the console's pages have in common: they read freely, and write through services."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from loyalty.admin import scope
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from loyalty.models import Programme

MOST_SOURCES = 100


def actor_of(request: HttpRequest) -> str:
    """Who does it, as services and events note it."""
    return f"staff:{request.user.pk}"


def exactly(moment: datetime) -> str:
    """A moment in the zone in force, to the minute."""
    return str(date_format(timezone.localtime(moment), "j F Y H:i"))


def by_number(rows: QuerySet[Any], said: str) -> QuerySet[Any]:
    """The rows with this external id, by the index over source and external id.

    The index begins with the source, so the few sources there are come first, one step each.
    """
    sources: list[str] = []
    known = rows.model.objects.order_by("source").values_list("source", flat=True)
    while len(sources) < MOST_SOURCES:
        following = known.filter(source__gt=sources[-1]) if sources else known
        if (source := following.first()) is None:
            break
        sources.append(source)
    return rows.filter(source__in=sources, external_id=said.strip())


class ConsoleAdmin(ModelAdmin):  # type: ignore[misc]
    """A list that opens with a sentence of what it is, and a form that stays where it is."""

    intro: Any = ""
    list_title: Any = ""  # when the menu has another word than the model
    programme_path = ""  # from a row to its programme; empty: it belongs to none
    empty: Any = ""  # what will stand in the list, when nothing does
    list_before_template = "admin/list_intro.html"
    show_full_result_count = False
    list_fullwidth = True
    list_max_show_all = 0
    list_per_page = 50
    actions: list[str] | None = None
    sortable_by: list[str] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """On a list, with several programmes, only what is of the one looked at."""
        rows: QuerySet[Any] = super().get_queryset(request)
        if self.programme_path and self.is_list(request) and scope.has_several(request):
            rows = rows.filter(**{self.programme_path: scope.chosen(request)})
        return rows

    def is_list(self, request: HttpRequest) -> bool:
        """Whether the list is asked for, and not one of its rows."""
        match = request.resolver_match
        return match is not None and str(match.url_name).endswith("_changelist")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Opening what is of another programme is choosing that programme."""
        thing = super().get_object(request, object_id, from_field)
        if thing is not None and self.programme_path:
            self.follow(request, thing)
        return thing

    def follow(self, request: HttpRequest, thing: Any) -> None:
        """Look at the programme that the thing is of."""
        programme_id = scope.belongs_to(thing, self.programme_path)
        if programme_id is not None and scope.has_several(request):
            scope.follow(request, programme_id)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """A new thing becomes the looked at programme's; the form's class carries which."""
        form = super().get_form(request, obj, change, **kwargs)
        form.chosen_programme = scope.chosen(request)
        return form

    def programme(self, request: HttpRequest) -> Programme:
        """The programme that is looked at. Raises Http404 while there is none."""
        return scope.programme_of(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted in the console: what has been is history."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A list is called what is in it, not what may be done with it."""
        title = self.list_title or capfirst(self.model._meta.verbose_name_plural)
        response: HttpResponse = super().changelist_view(
            request, {"title": title, **(extra_context or {})}
        )
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One button that saves; a refusal by a service is told on the page."""
        context = {
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
            **(extra_context or {}),
        }
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        except DomainError as refusal:
            messages.error(request, told(refusal))
            response = HttpResponseRedirect(request.get_full_path())
        return response

    def visible(self, request: HttpRequest, object_id: str) -> Any:
        """The thing itself, for a page of our own. Raises Http404 and PermissionDenied."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        thing = self.get_object(request, object_id)
        if thing is None:
            raise Http404
        return thing

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was changed here, when and by whom; the latest first."""
        thing = self.visible(request, object_id)
        changes = LogEntry.objects.filter(
            object_id=object_id, content_type=get_content_type_for_model(self.model)
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "opts": self.model._meta,
            "original": thing,
            "changes": changes.select_related("user").order_by("-action_time")[:100],
        }
        return TemplateResponse(request, "admin/history.html", context)

    def response_add(self, request: HttpRequest, obj: Model, *_args: Any) -> HttpResponse:
        return self.response_change(request, obj)

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        """Back to the thing itself, with its sentence as the message."""
        messages.success(request, self.said(obj))
        return self.page_of(obj.pk)

    def said(self, obj: Model) -> str:
        """What the message after saving says."""
        raise NotImplementedError

    def page_of(self, pk: Any) -> HttpResponse:
        opts = self.model._meta
        return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", pk)

    def ask(
        self,
        request: HttpRequest,
        obj: Model,
        *,
        title: str,
        sentences: list[str],
        button: str,
        deed: Callable[[], str],
        danger: bool = False,
        findings: Sequence[Mapping[str, str]] = (),
    ) -> HttpResponse:
        """A page that asks before a deed: shown by GET, done by POST; then back to the thing."""
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "opts": self.model._meta,
                "original": obj,
                "sentences": sentences,
                "button": button,
                "is_dangerous": danger,
                "findings": findings,
            }
            return TemplateResponse(request, "admin/ask.html", context)
        try:
            messages.success(request, deed())
        except DomainError as refusal:
            messages.error(request, told(refusal))
        return self.page_of(obj.pk)


class ReadOnlyAdmin(ConsoleAdmin):
    """Looked at, never written: what happened is put right by another deed, not here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Without the tools of what can be changed, and without the name that programmers see."""
        context = {"show_history": False, "original": "", **(extra_context or {})}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response
