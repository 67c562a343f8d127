"""Who saw or changed the member's data; taking all of it along; being forgotten."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.errors import DomainError
from loyalty.selectors import balance_card
from members.access import MemberRequest, require_member
from members.look_words import look_word, role_word
from members.models import MemberLook
from members.selectors import account_of, card_number
from members.services.erasure import erase_member
from members.services.export import export_member
from members.services.signing import public_key
from members.views.proving import proved_lately

SHOWN = 100
FILE = "my-data.zip"


@dataclass(frozen=True)
class Look:
    """One line: who, what they did, and the last time that day."""

    who: str
    deed: str
    on: date
    times: int


class DeleteForm(forms.Form):
    """The card's number, so that nobody is forgotten by a slip of the finger."""

    card = forms.CharField(
        label=gettext_lazy("The number of your card"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, number: str, data: Any = None) -> None:
        super().__init__(data)
        self.number = number
        if not number:
            del self.fields["card"]

    def clean_card(self) -> str:
        said = "".join(self.cleaned_data["card"].split())
        if said != self.number:
            raise forms.ValidationError(gettext("That is not the number of your card."))
        return said


@require_safe
@require_member
def privacy(request: MemberRequest) -> HttpResponse:
    looks = MemberLook.objects.filter(member=request.membership.member_id)
    shown = looks.order_by("-last_at", "-pk")[:SHOWN]
    context = {
        "looks": [
            Look(role_word(each.role), look_word(each.deed, each.what), each.on, each.times)
            for each in shown
        ]
    }
    return render(request, "portal/privacy.html", context)


@require_safe
def export_key(_request: HttpRequest) -> JsonResponse:
    """The key by which anybody checks the signature under a member's export."""
    return JsonResponse({"algorithm": "Ed25519", "key": public_key()})


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
@proved_lately
@reauthentication_required(app="allauth.account")  # type: ignore[untyped-decorator]
def download(request: MemberRequest) -> HttpResponse | FileResponse:
    """All that is kept of the member, in one file; who comes from proving presses once more."""
    if request.method != "POST":
        return redirect("portal:privacy")
    made = export_member(
        member_id=request.membership.member_id,
        actor=f"member:{request.user.pk}",
        role="member",
        at=timezone.now(),
    )
    return FileResponse(made, as_attachment=True, filename=FILE, content_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
@proved_lately
@reauthentication_required(app="allauth.account")  # type: ignore[untyped-decorator]
def delete(request: MemberRequest) -> HttpResponse:
    """What goes, what stays and what is lost; then, at once, all of it."""
    membership, now = request.membership, timezone.now()
    form = DeleteForm(card_number(membership.member_id), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            erase_member(
                member_id=membership.member_id,
                reason="asked",
                actor=f"member:{request.user.pk}",
                at=now,
            )
        except DomainError:
            messages.error(
                request,
                gettext("That did not work just now. Nothing has changed; try again in a minute."),
            )
            return redirect("portal:delete")
        logout(request)
        return render(request, "portal/forgotten.html")
    context = {"form": form, "held": balance_card(account_of(membership), at=now)}
    return render(request, "portal/delete.html", context)
