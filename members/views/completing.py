"""Completing a membership that was begun at a till: name, address, and the code from the mail.

allauth does the proving, as for everybody who joins; whom it completes is kept in the session.
"""

from typing import Any

from allauth.account.views import SignupView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from members.errors import CompletionEnded
from members.forms import CompletionForm
from members.models import Member
from members.services.completion import member_to_complete
from members.ways_in import remember_completion


class Complete(SignupView):  # type: ignore[misc]
    """Nothing of the person is on the page: whoever finds the link learns nothing from it."""

    template_name = "portal/complete.html"
    member: Member

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            self.member = member_to_complete(kwargs["token"])
        except CompletionEnded:
            return render(request, "portal/complete_ended.html", status=410)
        if request.user.is_authenticated:
            return render(request, "portal/complete_other.html", status=409)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_form_class(self) -> type[CompletionForm]:
        return CompletionForm

    def form_valid(self, form: CompletionForm) -> HttpResponse:
        said = form.cleaned_data
        remember_completion(
            self.request,
            self.member,
            email=said["email"],
            given_name=said["given_name"],
            family_name=said["family_name"],
        )
        response: HttpResponse = super().form_valid(form)
        return response
