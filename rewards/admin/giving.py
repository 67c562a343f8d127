"""Giving a member a reward by hand."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from loyalty.admin.pages import ReadOnlyAdmin


class Giving(ReadOnlyAdmin):
    """The deed; for the service desk."""

    def give(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        raise Http404
