"""What a member agrees to: the words, on and off per channel, and every receipt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from members.access import MemberRequest, require_member
from members.forms import SwitchForm
from members.models import Consent, Membership, Purpose
from members.receipts import last_word, place_of
from members.services.consent_texts import ShownText, texts_shown, words_of
from members.services.consents import record_consent

Channel = Consent.Channel
BY_CHANNEL = [Channel.EMAIL, Channel.SMS, Channel.PUSH]


@dataclass(frozen=True)
class Switch:
    """One channel of a purpose; without a channel of its own it is the purpose's only switch."""

    channel: str
    label: str
    is_on: bool


@dataclass(frozen=True)
class Choice:
    """One purpose: its words, its switches, and whether the words are newer than the yes."""

    purpose: str
    title: str
    version: str
    text: str
    switches: list[Switch]
    agreed_at: datetime | None
    is_reworded: bool

    @property
    def is_on(self) -> bool:
        return any(switch.is_on for switch in self.switches)


@dataclass(frozen=True)
class Receipt:
    """One yes or no as the member reads it back."""

    at: datetime
    title: str
    channel: str
    is_given: bool
    where: str
    text: str


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def consents(request: MemberRequest) -> HttpResponse:
    """The page; a switch on it posts back one yes or no, in the words that were shown."""
    if request.method == "POST":
        return _switched(request)
    membership = request.membership
    said = list(Consent.objects.filter(member=membership.member_id).order_by("-recorded_at", "-pk"))
    context = {
        "choices": [_choice(text, said) for text in texts_shown(membership.programme_id).values()],
        "receipts": _receipts(membership, said),
    }
    return render(request, "portal/consents.html", context)


def _switched(request: MemberRequest) -> HttpResponse:
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return redirect("portal:consents")
    said: dict[str, Any] = form.cleaned_data
    is_given = said["is_given"] == "yes"
    shown = texts_shown(request.membership.programme_id).get(said["purpose"])
    if is_given and (shown is None or shown.version != said["text_version"]):
        messages.warning(request, gettext("The words have just changed. Please read them again."))
        return redirect("portal:consents")
    record_consent(
        member_id=request.membership.member_id,
        purpose=said["purpose"],
        channel=said["channel"],
        is_given=is_given,
        text_version=said["text_version"],
        touchpoint="portal",
        actor=f"member:{request.user.pk}",
        at=timezone.now(),
    )
    told = gettext("Thank you, we have noted it.") if is_given else gettext("Stopped, from now on.")
    messages.success(request, told)
    return redirect("portal:consents")


def _choice(text: ShownText, said: list[Consent]) -> Choice:
    own = [receipt for receipt in said if receipt.purpose == text.purpose]
    channels = [Channel.ANY] if text.purpose == Purpose.PROFILING else BY_CHANNEL
    words = {channel: last_word(own, channel) for channel in channels}
    switches = [
        Switch(
            channel=channel.value,
            label="" if channel == Channel.ANY else str(channel.label),
            is_on=bool(last and last.is_given),
        )
        for channel, last in words.items()
    ]
    given = [last for last in words.values() if last and last.is_given]
    return Choice(
        purpose=text.purpose,
        title=str(Purpose(text.purpose).label),
        version=text.version,
        text=text.text[_language()],
        switches=switches,
        agreed_at=max((receipt.recorded_at for receipt in given), default=None),
        is_reworded=any(receipt.text_version != text.version for receipt in given),
    )


def _receipts(membership: Membership, said: list[Consent]) -> list[Receipt]:
    words = words_of(membership.programme_id)
    language = _language()
    return [
        Receipt(
            at=receipt.recorded_at,
            title=str(Purpose(receipt.purpose).label),
            channel="" if receipt.channel == Channel.ANY else str(Channel(receipt.channel).label),
            is_given=receipt.is_given,
            where=place_of(receipt, membership),
            text=words.get((receipt.purpose, receipt.text_version), {}).get(language, ""),
        )
        for receipt in said
    ]


def _language() -> str:
    return "en" if get_language() == "en" else "nl"
