"""How often a member hears from us, by which ways, and on which phones."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from campaigns.messaging.push_key import public_push_key
from campaigns.models import ContactPolicy
from campaigns.services.choices import choice_of, choose_contact, zones_offered
from campaigns.services.policies import policy_of
from campaigns.services.pushes import pushes_of, remove_push
from loyalty.errors import DomainError
from members.access import MemberRequest, require_member
from members.models import Consent, Purpose
from members.receipts import last_word
from members.services.consent_texts import texts_shown

Channel = Consent.Channel
WAYS = [Channel.EMAIL, Channel.SMS, Channel.PUSH]


@dataclass(frozen=True)
class Often:
    """One answer to "how often"; `value` is empty for what the shop thinks decent."""

    value: str
    label: str
    is_chosen: bool


@require_http_methods(["GET", "HEAD", "POST"])
@require_member
def news(request: MemberRequest) -> HttpResponse:
    """The page; what is posted to it says how often, or lets the phones go."""
    if request.method == "POST":
        return _done(request)
    membership = request.membership
    policy = policy_of(programme_id=membership.programme_id)
    choice = choice_of(membership.pk)
    context = {
        "policy": policy,
        "often": _often(policy, choice.at_most if choice else None),
        "ways": _ways(request),
        "own_zone": _place(membership.programme.time_zone),
        "zone": choice.time_zone if choice else "",
        "zones": _zones(membership.programme.time_zone, choice.time_zone if choice else ""),
        "phones": pushes_of(membership.pk).count(),
        "push_key": public_push_key(settings.VAPID_PRIVATE_KEY),
    }
    return render(request, "campaigns/news.html", context)


def _done(request: MemberRequest) -> HttpResponse:
    membership = request.membership
    if request.POST.get("deed") == "forget-phones":
        remove_push(membership_id=membership.pk)
        messages.success(request, gettext("Off on all your phones and computers."))
        return redirect("portal:news")
    said = request.POST.get("at_most", "")
    known = choice_of(membership.pk)
    try:
        choose_contact(
            membership_id=membership.pk,
            at_most=int(said) if said.isdecimal() and len(said) < len("1000") else None,
            time_zone=request.POST.get("time_zone", known.time_zone if known else ""),
            at=timezone.now(),
        )
        messages.success(request, gettext("Saved. It holds from now on."))
    except DomainError as refusal:
        is_zone = refusal.field == "time_zone"
        messages.error(
            request,
            gettext("We do not know that time zone. Choose one from the list.")
            if is_zone
            else gettext("That is more than we send. Choose again."),
        )
    return redirect("portal:news")


def _zones(of_programme: str, chosen: str) -> list[tuple[str, str]]:
    """Each zone with the name of its place, in the order of those names."""
    offered = zones_offered(of_programme=of_programme, chosen=chosen)
    return sorted(((zone, _place(zone)) for zone in offered), key=lambda pair: pair[1])


def _place(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def _often(policy: ContactPolicy, chosen: int | None) -> list[Often]:
    """From what the shop does down to nothing at all; a choice above the policy is the policy."""
    days = ngettext("%d day", "%d days", policy.cap_days) % policy.cap_days
    at_most = gettext("At most %(many)s in %(days)s")
    fewer = [
        Often(
            str(count),
            at_most % {"many": ngettext("%d message", "%d messages", count) % count, "days": days},
            chosen == count,
        )
        for count in range(min(policy.cap, 6) - 1, 0, -1)
    ]
    many = ngettext("%d message", "%d messages", policy.cap) % policy.cap
    usual = gettext("As usual: at most %(many)s in %(days)s") % {"many": many, "days": days}
    is_usual = chosen is None or chosen >= policy.cap > 0
    return [
        Often("", usual, is_usual),
        *fewer,
        Often("0", gettext("No news for now"), chosen == 0),
    ]


def _ways(request: MemberRequest) -> list[tuple[str, list[str]]]:
    """Of each purpose the ways that are on now, in words."""
    membership = request.membership
    said = list(Consent.objects.filter(member=membership.member_id))
    ways = []
    for purpose in texts_shown(membership.programme_id):
        if purpose == Purpose.PROFILING:
            continue
        own = [receipt for receipt in said if receipt.purpose == purpose]
        on = [way for way in WAYS if (last := last_word(own, way)) and last.is_given]
        ways.append((str(Purpose(purpose).label), [str(way.label) for way in on]))
    return ways
