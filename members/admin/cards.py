"""By what a member is found, on their page: add, block when lost, move to another card, remove."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.templatetags.figures import card as card_shown
from members.admin.deeds import done_by_form
from members.admin.tabs import Tab, register_tab
from members.identifiers import typed_identifier
from members.models import Identifier, Member, MemberLook, Membership
from members.selectors import known_by
from members.services.cards import (
    BlockReason,
    add_identifier,
    block_card,
    move_card,
    remove_identifier,
    unblock_card,
)
from members.services.looks import record_look

RIGHT = "members.change_identifier"
NOTHING, VIRTUAL, GIVEN = "nothing", "virtual", "given"


def _cards(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    return {
        "known": [_row(each) for each in known_by(membership.member_id)],
        "may_change": request.user.has_perm(RIGHT),
        "add": reverse("admin:members_identifier_to_add", args=[membership.member_id]),
    }


def _row(identifier: Identifier) -> dict[str, Any]:
    deeds: dict[str, Any] = {"unblock": _("Works again")}
    if identifier.blocked_at is None:
        is_card = identifier.kind == Identifier.Kind.CARD
        block = _("Lost or replaced") if is_card else _("Block")
        deeds = {"block": block, "remove": _("Remove")}
    return {
        "identifier": identifier,
        "kind": identifier.system.upper() or Identifier.Kind(identifier.kind).label,
        "shown": shown(identifier),
        "deeds": [
            (reverse(f"admin:members_identifier_to_{deed}", args=[identifier.pk]), words)
            for deed, words in deeds.items()
        ],
    }


def shown(identifier: Identifier) -> str:
    is_card = identifier.kind == Identifier.Kind.CARD
    return str(card_shown(identifier.value)) if is_card else identifier.value


class AddForm(forms.Form):
    """A card, an address, a telephone number."""

    identifier = forms.CharField(
        label=gettext_lazy("Card, telephone or e-mail"),
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )


class BlockForm(forms.Form):
    """Why, and with what the member goes on."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=BlockReason.choices, widget=UnfoldAdminSelectWidget
    )
    instead = forms.ChoiceField(
        label=gettext_lazy("The member goes on with"),
        choices=[
            (VIRTUAL, gettext_lazy("A new card on the phone")),
            (GIVEN, gettext_lazy("The card with this number:")),
            (NOTHING, gettext_lazy("What they have besides")),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    number = forms.CharField(
        label=gettext_lazy("Number of the new card"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("instead") == GIVEN and not said.get("number"):
            self.add_error("number", _("Fill in the number of the new card."))
        return said


class PlainBlockForm(forms.Form):
    """Of what is no card: why."""

    reason = BlockForm.base_fields["reason"]


class SureForm(forms.Form):
    """Nothing to fill in."""


@admin.register(Identifier)
class IdentifierAdmin(ReadOnlyAdmin):
    """No list of its own: members' cards are on members' pages."""

    def get_urls(self) -> list[URLPattern]:
        """Only the deeds."""
        ours: list[tuple[str, Any, str]] = [
            ("of/<uuid:member_id>/add/", self.add, "add"),
            ("<int:pk>/block/", self.block, "block"),
            ("<int:pk>/unblock/", self.unblock, "unblock"),
            ("<int:pk>/remove/", self.remove, "remove"),
        ]
        return [
            path(route, self.admin_site.admin_view(view), name=f"members_identifier_to_{name}")
            for route, view, name in ours
        ]

    def add(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        member = Member.objects.filter(pk=member_id).first()

        def deed(said: dict[str, Any], at: datetime) -> str:
            key = str(typed_identifier(said["identifier"]))
            added = add_identifier(
                member_id=member_id, identifier=key, actor=actor_of(request), at=at
            )
            return str(_("The member can now be found by %s.") % shown(added))

        return self.done(
            request, member, AddForm(request.POST or None), deed, _("Add a card or address")
        )

    def block(self, request: HttpRequest, pk: int) -> HttpResponse:
        identifier = self.identifier(pk)
        is_card = identifier.kind == Identifier.Kind.CARD

        def deed(said: dict[str, Any], at: datetime) -> str:
            who: dict[str, Any] = {"member_id": identifier.member_id, "identifier_id": pk}
            how: dict[str, Any] = {"reason": said["reason"], "actor": actor_of(request), "at": at}
            if said.get("instead", NOTHING) == NOTHING:
                block_card(**who, **how)
                return str(_("%s is blocked.") % shown(identifier))
            number = said["number"] if said["instead"] == GIVEN else ""
            new = move_card(**who, number=number, **how)
            return str(
                _("%(old)s is blocked; the card is now %(new)s.")
                % {"old": shown(identifier), "new": shown(new)}
            )

        form = (BlockForm if is_card else PlainBlockForm)(request.POST or None)
        sentences = [
            str(
                _("%s finds nobody from now on, and nobody can have it again.") % shown(identifier)
            ),
            str(_("The points stay with the member.")),
        ]
        return self.done(request, identifier.member, form, deed, _("Block"), sentences)

    def unblock(self, request: HttpRequest, pk: int) -> HttpResponse:
        identifier = self.identifier(pk)

        def deed(_said: dict[str, Any], at: datetime) -> str:
            unblock_card(
                member_id=identifier.member_id,
                identifier_id=pk,
                actor=actor_of(request),
                at=at,
            )
            return str(_("%s works again.") % shown(identifier))

        sentences = [str(_("Only when the member has it in hand: whoever holds it can use it."))]
        form = SureForm(request.POST if request.method == "POST" else None)
        return self.done(request, identifier.member, form, deed, _("Works again"), sentences)

    def remove(self, request: HttpRequest, pk: int) -> HttpResponse:
        identifier = self.identifier(pk)

        def deed(_said: dict[str, Any], at: datetime) -> str:
            remove_identifier(
                member_id=identifier.member_id,
                identifier_id=pk,
                actor=actor_of(request),
                at=at,
            )
            return str(_("The member is not found by %s any more.") % shown(identifier))

        sentences = [str(_("Somebody else can have %s then.") % shown(identifier))]
        form = SureForm(request.POST if request.method == "POST" else None)
        return self.done(request, identifier.member, form, deed, _("Remove"), sentences)

    def identifier(self, pk: int) -> Identifier:
        found = Identifier.objects.select_related("member").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def done(  # noqa: PLR0917
        self,
        request: HttpRequest,
        member: Member | None,
        form: forms.Form,
        deed: Callable[[dict[str, Any], datetime], str],
        title: str,
        sentences: list[str] | None = None,
    ) -> HttpResponse:
        """The deed's page, then back to the member's cards. Raises PermissionDenied, Http404."""
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        if member is None:
            raise Http404
        page = reverse("admin:members_member_change", args=[member.pk]) + "?tab=cards"

        def noted(said: dict[str, Any]) -> str:
            now = timezone.now()
            told = deed(said, now)
            record_look(
                member_id=member.pk,
                actor=actor_of(request),
                role=_("Service desk"),
                deed=MemberLook.Deed.CHANGED,
                what="cards",
                at=now,
            )
            return told

        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "sentences": [str(member), *(sentences or [])],
            "button": title,
            "page": page,
            "opts": Member._meta,
            "original": member,
        }
        return done_by_form(
            request, form, deed=noted, context=context, after=lambda: redirect(page)
        )


register_tab(
    Tab(
        key="cards",
        title=gettext_lazy("Cards and addresses"),
        template="admin/members/cards.html",
        context=_cards,
        place=45,
    )
)
