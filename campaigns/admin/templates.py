"""Messages: what is said on each channel, written in blocks, seen as members will see it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _
from unfold.decorators import display

from campaigns.admin.message_form import (
    KINDS,
    NOTES,
    Field,
    Said,
    document_of,
    done,
    pair,
    place_of,
    rows_of,
    said_by,
)
from campaigns.admin.message_preview import preview_of, values_for
from campaigns.errors import TemplateInvalid
from campaigns.messaging.fields import FIELDS
from campaigns.models import Channel, MessageTemplate
from campaigns.services.templates import copy_template, save_template, take_ready_made
from campaigns.services.trial_mail import mail_trial
from loyalty.admin.fields import unused_key
from loyalty.admin.pages import ConsoleAdmin, actor_of, exactly
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from loyalty.models import Programme
from rewards.models import Reward

OUR_PAGES = [
    ("/card/", gettext_lazy("Their card")),
    ("/rewards/", gettext_lazy("The rewards")),
    ("/vouchers/", gettext_lazy("Their vouchers")),
    ("/earn/", gettext_lazy("How to earn")),
    ("/statement/", gettext_lazy("Their movements")),
    ("/me/preferences/", gettext_lazy("What they like")),
    ("/stamps/", gettext_lazy("Their stamp cards")),
]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ConsoleAdmin):
    """What campaigns say."""

    intro = gettext_lazy(
        "What you tell members: written once, in Dutch and English, for each way to reach them. "
        "Campaigns send them."
    )
    empty = gettext_lazy("Begin with the ready-made messages, or write your own.")
    list_title = gettext_lazy("Messages")
    programme_path = "programme"
    list_display = ["name", "ways", "changed"]
    list_before_template = "admin/campaigns/template_before.html"
    search_fields = ["name", "key"]
    ordering = ["name", "pk"]

    @display(description=gettext_lazy("Channels"))
    def ways(self, template: MessageTemplate) -> str:
        return ", ".join(
            str(each.label) for each in Channel if each.value.lower() in template.document
        )

    @display(description=gettext_lazy("Last changed"))
    def changed(self, template: MessageTemplate) -> str:
        return exactly(template.changed_at)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "campaigns_messagetemplate"
        own = [
            path("ready-made/", view(self.ready_made), name=f"{name}_ready_made"),
            path("<int:object_id>/copy/", view(self.copy), name=f"{name}_copy"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        said: Said = {"b0-kind": "heading", "b1-kind": "text", "b2-kind": "button"}
        return self._page(request, None, self.programme(request), said)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        template = self.visible(request, object_id)
        said = said_by(template.document) | {"name": template.name}
        return self._page(request, template, template.programme, said)

    def _page(
        self, request: HttpRequest, template: Any, programme: Programme, said: Said
    ) -> HttpResponse:
        """Every button posts the whole form; what it says is drawn again, and saved if asked."""
        wrong: dict[str, str] = {}
        may_change = self.has_change_permission(request) if template else True
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            said = {key: str(value) for key, value in request.POST.items()}
            deed = said.pop("deed", "")
            if deed == "save":
                try:
                    return self._saved(request, template, programme, said)
                except TemplateInvalid as refusal:
                    wrong[place_of(refusal.field)] = _wrong(refusal)
                except DomainError as refusal:
                    wrong[""] = told(refusal)
            if deed == "test" and not wrong:
                wrong = self._mailed(request, programme, said)
            said = done(said, deed)
        context = {
            **self.admin_site.each_context(request),
            "title": template.name if template else _("New message"),
            "opts": self.model._meta,
            "original": template,
            "may_change": may_change,
            "preview": preview_of(said, document_of(said), programme, timezone.now()),
            **_drawn(said, wrong, programme),
        }
        return TemplateResponse(request, "admin/campaigns/template.html", context)

    def _mailed(self, request: HttpRequest, programme: Programme, said: Said) -> dict[str, str]:
        """The message as it stands to the colleague's own address; what was wrong, by its place."""
        to = request.user.email if request.user.is_authenticated else ""
        try:
            mail_trial(
                document=document_of(said),
                language="en" if said.get("p-language") == "en" else "nl",
                values=values_for(said, programme, timezone.now()),
                to=to,
                at=timezone.now(),
            )
        except TemplateInvalid as refusal:
            return {place_of(refusal.field): _wrong(refusal)}
        except DomainError as refusal:
            return {"": _(refusal.detail) if refusal.detail in _REFUSALS else told(refusal)}
        messages.success(request, _("Mailed to %s, marked as a test.") % to)
        return {}

    def _saved(
        self, request: HttpRequest, template: Any, programme: Programme, said: Said
    ) -> HttpResponse:
        name = said.get("name", "").strip()[:100]
        taken = set(
            MessageTemplate.objects.filter(programme=programme).values_list("key", flat=True)
        )
        saved = save_template(
            programme_id=programme.pk,
            key=template.key if template else unused_key(name, taken, otherwise="message"),
            name=name,
            document=document_of(said),
            actor=actor_of(request),
            at=timezone.now(),
            template_id=template.pk if template else None,
        )
        self.log_change(request, saved, f"version {saved.version}")
        messages.success(request, _("Saved: “%s”.") % saved)
        return self.page_of(saved.pk)

    def ready_made(self, request: HttpRequest) -> HttpResponse:
        """The messages that came with the house, put among the others."""
        if not self.has_add_permission(request) or request.method != "POST":
            raise PermissionDenied
        new = take_ready_made(
            programme_id=self.programme(request).pk, actor=actor_of(request), at=timezone.now()
        )
        messages.success(request, _("%s messages were added.") % new)
        return redirect("admin:campaigns_messagetemplate_changelist")

    def copy(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The same under another name, to change."""
        template = self.visible(request, str(object_id))
        if not self.has_add_permission(request) or request.method != "POST":
            raise PermissionDenied
        name = (_("%s (copy)") % template.name)[:100]
        rows = MessageTemplate.objects.filter(programme=template.programme_id)
        copy = copy_template(
            template_id=template.pk,
            key=unused_key(name, set(rows.values_list("key", flat=True)), otherwise="message"),
            name=name,
            actor=actor_of(request),
            at=timezone.now(),
        )
        return self.page_of(copy.pk)


def _drawn(said: Said, wrong: dict[str, str], programme: Programme) -> dict[str, Any]:
    """The fields of the page, each with what is wrong with it."""
    rewards = Reward.objects.filter(programme=programme, state="LIVE").order_by("name_nl")
    name = Field(name="name", label=_("What you call it"), value=said.get("name", ""))
    drawn: dict[str, Any] = {
        "name": name,
        "head": [*pair(said, "subject", _("Subject")), *pair(said, "preview", _("Line beside it"))],
        "blocks": rows_of(said, [("", "—"), *((each.key, str(each)) for each in rewards)]),
        "sms": list(pair(said, "sms-text", _("Text"), rows=3)),
        "wallet": list(pair(said, "wallet-text", _("Text"), rows=2)),
        "notes": [(title, _note(said, key)) for key, title in NOTES],
    }
    fields = [name, *drawn["head"], *drawn["sms"], *drawn["wallet"]]
    fields += [field for _title, note in drawn["notes"] for field in note]
    fields += [field for block in drawn["blocks"] for field in block.fields]
    for field in fields:
        field.error = wrong.pop(field.name, "") or wrong.pop(field.name.rpartition("_")[0], "")
    language = "en" if get_language() == "en" else "nl"
    return drawn | {
        "problems": list(wrong.values()),
        "has_problem": bool(wrong) or any(field.error for field in fields),
        "kinds": KINDS.items(),
        "our_pages": OUR_PAGES,
        "known_fields": [(f"{{{key}}}", words[language]) for key, words in FIELDS.items()],
    }


def _note(said: Said, key: str) -> list[Field]:
    link = f"{key}-link"
    return [
        *pair(said, f"{key}-title", _("Title")),
        *pair(said, f"{key}-text", _("Text"), rows=3),
        Field(name=link, label=_("Leads to"), value=said.get(link, ""), listed="our-pages"),
    ]


def _wrong(refusal: TemplateInvalid) -> str:
    """In the colleague's language what the document says in English."""
    return _(refusal.detail) if refusal.detail in _REFUSALS else told(refusal)


_REFUSALS = {
    gettext_noop("There is no such field; see the list of fields."),
    gettext_noop("A brace may only stand around the name of a field."),
    gettext_noop("There is something in this text that cannot be seen."),
    gettext_noop("This message says nothing on any channel."),
    gettext_noop("An e-mail has 1 to 40 blocks."),
    gettext_noop("The message box leads to our own pages."),
    gettext_noop("Say it in Dutch and in English."),
    gettext_noop("Fill this in, but not so much."),
    gettext_noop("This is one line."),
    gettext_noop("A link begins with / or with https://."),
    gettext_noop("Give the message a name."),
    gettext_noop("The mail did not leave. Is the mail server there?"),
    gettext_noop("That were many tests. Wait an hour before the next."),
}
