"""A member's whole story over all channels, each thing a sentence in the words of the trade."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import BASE_INPUT_CLASSES, UnfoldAdminSelectWidget

from loyalty.models import TierSet
from loyalty.templatetags.figures import money, points
from members.admin.story_words import SENTENCES, WORDS, shown_kind
from members.admin.tabs import PAGE, Tab, register_tab
from members.admin.words import (
    ACTIVITIES,
    CHANNELS,
    CONSENT_CHANNELS,
    PURPOSES,
    TOUCHPOINTS,
    event_word,
    word,
)
from members.models import Activity, Membership, User
from members.services.timeline import KINDS, Asked, Told, story

NOTES = "members.view_note"


def _day(label: Any) -> forms.DateField:
    style = " ".join(BASE_INPUT_CLASSES)
    widget = forms.DateInput(attrs={"type": "date", "class": style}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class StoryForm(forms.Form):
    """Which part of the story."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        required=False,
        choices=[("", gettext_lazy("Everything")), *WORDS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        required=False,
        choices=[("", gettext_lazy("All channels")), *CHANNELS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    since = _day(gettext_lazy("From"))
    until = _day(gettext_lazy("Up to and including"))

    def asked(self, zone: ZoneInfo) -> Asked:
        self.is_valid()
        said = self.cleaned_data
        since, until = said.get("since"), said.get("until")
        return Asked(
            kind=said.get("kind", ""),
            channel=said.get("channel", ""),
            since=since and datetime.combine(since, time.min, tzinfo=zone),
            until=until and datetime.combine(until + timedelta(days=1), time.min, tzinfo=zone),
        )


def _story(request: HttpRequest, membership: Membership) -> dict[str, Any]:
    form = StoryForm(request.GET, auto_id="story_%s")
    entries = story(
        membership.member_id,
        form.asked(ZoneInfo(membership.programme.time_zone)),
        before=request.GET.get("before", ""),
        limit=PAGE + 1,
        with_notes=request.user.has_perm(NOTES),
    )
    shown = entries[:PAGE]
    return {
        "form": form,
        "is_narrowed": any(form.cleaned_data.values()),
        "entries": list(sentences(shown, membership)),
        "next": _next(request, shown[-1].cursor) if len(entries) > PAGE else "",
    }


def _next(request: HttpRequest, cursor: str) -> str:
    said = QueryDict(mutable=True)
    for key in ("kind", "channel", "since", "until"):
        if value := request.GET.get(key, ""):
            said[key] = value
    said["tab"], said["before"] = "story", cursor
    return f"?{said.urlencode()}"


class Known:
    """What the sentences of a page need to know besides, asked at once."""

    def __init__(self, entries: Iterable[Told], membership: Membership) -> None:
        entries = list(entries)
        ids = {str(told.payload["activity"]) for told in entries if "activity" in told.payload}
        found = Activity.objects.defer("award", "facts").filter(pk__in=ids) if ids else []
        self.activities = {str(activity.pk): activity for activity in found}
        self.currency = membership.programme.currency
        actors = {str(told.payload.get("actor", "")) for told in entries}
        staff = {
            actor[6:] for actor in actors if actor.startswith("staff:") and actor[6:].isdigit()
        }
        rows = User.objects.filter(pk__in=staff).values_list("pk", "email") if staff else []
        self.colleagues = {f"staff:{pk}": email for pk, email in rows}
        self.tiers = _tiers(entries, membership.programme_id)

    def who(self, actor: str) -> str:
        if actor.startswith("staff:"):
            return str(self.colleagues.get(actor) or _("a colleague"))
        if actor.startswith("member:"):
            return _("the member")
        return str(word(TOUCHPOINTS, actor.partition(":")[2] or actor))


def _tiers(entries: list[Told], programme_id: int) -> dict[str, str]:
    if not any(told.name == "loyalty.tier_changed.v1" for told in entries):
        return {}
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    policies = TierSet.objects.filter(programme=programme_id).values_list("policy", flat=True)
    return {
        tier["key"]: tier.get("name", {}).get(language) or tier["key"]
        for policy in policies
        for tier in policy["tiers"]
    }


def sentences(entries: list[Told], membership: Membership) -> Iterable[dict[str, Any]]:
    """Each entry with its sentence, what kind it is, and where its proof is."""
    known = Known(entries, membership)
    for told in entries:
        activity = told.payload.get("activity", "")
        yield {
            "told": told,
            "says": sentence(told, known),
            "kind": shown_kind(told.name),
            "activity": activity if activity in known.activities else "",
        }


def sentence(told: Told, known: Known) -> str:
    """What happened, in the reader's language; an event without words of its own says its name."""
    said = told.payload
    key = told.name.rpartition(".v")[0] or told.name
    if (telling := _TELLING.get(key)) is not None:
        return str(telling(said, known))
    if key not in SENTENCES:
        return str(event_word(told.name))
    return str(SENTENCES[key]) % _words(said, known)


def _words(said: dict[str, Any], known: Known) -> dict[str, Any]:
    """Whatever a sentence may name, in words."""
    held = said.get("points")
    return {
        "points": points(abs(held)) if isinstance(held, int) else "",
        "balance": points(said["balance"]) if isinstance(said.get("balance"), int) else "",
        "who": known.who(str(said.get("actor", ""))),
        "through": word(TOUCHPOINTS, str(said.get("touchpoint", ""))),
        "kind": _kind(said),
        "reward": said.get("reward", ""),
        "what": said.get("what", "") or _("the page"),
        "role": said.get("role", ""),
        "text": said.get("text", ""),
        "day": said.get("last_day", ""),
    }


def _kind(said: dict[str, Any]) -> Any:
    kinds = {
        "CARD": _("a card"),
        "EMAIL": _("an e-mail address"),
        "PHONE": _("a telephone number"),
        "EXTERNAL": _("a number elsewhere"),
    }
    return kinds.get(str(said.get("kind", "")), said.get("kind", ""))


def _joined(said: dict[str, Any], known: Known) -> str:
    words = {"through": word(TOUCHPOINTS, said["touchpoint"]), "location": said.get("location")}
    if words["location"]:
        return _("Joined through %(through)s in %(location)s") % words
    return _("Joined through %(through)s") % words


def _did(said: dict[str, Any], known: Known) -> str:
    activity = known.activities.get(str(said["activity"]))
    words = {"what": word(ACTIVITIES, said["type"]), "points": points(abs(said["points"]))}
    if activity is None:
        return _("%(what)s: %(points)s") % words
    where = activity.location or word(CHANNELS, activity.channel) if activity.channel else ""
    parts = [str(words["what"])]
    if activity.amount != Decimal(0):
        parts.append(money(abs(activity.amount), known.currency))
    if activity.location or where:
        parts.append(str(activity.location or where))
    parts.append(_("receipt %s") % activity.external_id)
    gave = _("took %s back") if said["points"] < 0 else _("gave %s")
    return f"{', '.join(parts)}: {gave % words['points']}"


def _moved_tier(said: dict[str, Any], known: Known) -> str:
    before, after = known.tiers.get(said["before"], ""), known.tiers.get(said["after"], "")
    if not said["after"]:
        return _("Is no longer %s") % (before or said["before"])
    if not said["before"]:
        return _("Became %s") % (after or said["after"])
    words = {"before": before or said["before"], "after": after or said["after"]}
    return _("Went from %(before)s to %(after)s") % words


def _agreed(said: dict[str, Any], known: Known) -> str:
    words = {
        "purpose": word(PURPOSES, said["purpose"]),
        "channel": str(word(CONSENT_CHANNELS, said["channel"])).lower(),
    }
    if said["is_given"]:
        return _("Agreed to “%(purpose)s”, %(channel)s") % words
    return _("Withdrew “%(purpose)s”, %(channel)s") % words


def _changed(said: dict[str, Any], known: Known) -> str:
    names = {"given_name": _("name"), "family_name": _("name"), "language": _("language")}
    fields = ", ".join(dict.fromkeys(str(names.get(each, each)) for each in said["fields"]))
    return _("Changed: %(fields)s, by %(who)s") % {
        "fields": fields,
        "who": known.who(str(said.get("actor", ""))),
    }


def _message(said: dict[str, Any], known: Known) -> str:
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    read = _("read") if said["is_read"] else _("not read yet")
    return _("Message “%(title)s” (%(read)s)") % {"title": said[language], "read": read}


_TELLING: dict[str, Any] = {
    "members.member_enrolled": _joined,
    "members.activity_recorded": _did,
    "loyalty.tier_changed": _moved_tier,
    "members.consent_changed": _agreed,
    "members.profile_changed": _changed,
    "message": _message,
}

assert set(WORDS) == set(KINDS)  # noqa: S101  a kind without a word could not be chosen

register_tab(
    Tab(
        key="story",
        title=gettext_lazy("Timeline"),
        template="admin/members/story.html",
        context=_story,
        place=25,
    )
)
