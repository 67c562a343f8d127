"""Whose console it is: with several programmes, the one that was chosen last."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from loyalty.models import Programme

KEY = "console_programme"  # in the session


def programmes(request: HttpRequest) -> list[Programme]:
    """All programmes, the first made first; asked once per request."""
    known: list[Programme] | None = getattr(request, KEY, None)
    if known is None:
        known = list(Programme.objects.order_by("pk"))
        setattr(request, KEY, known)
    return known


def has_several(request: HttpRequest) -> bool:
    return len(programmes(request)) > 1


def chosen(request: HttpRequest) -> Programme | None:
    """The programme that is looked at; the first unless another was chosen."""
    known = programmes(request)
    wanted = request.session.get(KEY) if hasattr(request, "session") else None
    return next((each for each in known if each.pk == wanted), known[0] if known else None)


def programme_of(request: HttpRequest) -> Programme:
    """The programme that is looked at. Raises Http404 while there is none."""
    programme = chosen(request)
    if programme is None:
        raise Http404(_("There is no programme yet."))
    return programme


def follow(request: HttpRequest, programme_id: int) -> None:
    """Look at this programme from now on: what was opened belongs to it."""
    programme = chosen(request)
    if programme is not None and programme.pk != programme_id:
        request.session[KEY] = programme_id


def choose(request: HttpRequest) -> HttpResponse:
    """Switch to the programme that was posted, and go back to where one was."""
    wanted = request.POST.get("programme", "")
    if request.method == "POST" and wanted in {str(each.pk) for each in programmes(request)}:
        request.session[KEY] = int(wanted)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back if is_ours else "admin:index")


def belongs_to(thing: Any, path: str) -> int | None:
    """The id of the programme that a row belongs to, by the path of its relations."""
    *relations, last = path.split("__")
    for relation in relations:
        thing = getattr(thing, relation, None)
    found = getattr(thing, f"{last}_id", None)
    return int(found) if found is not None else None
