"""What staff do about a delivery: lay it ready, send it, hand it over, book it, do it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from loyalty.admin.pages import ReadOnlyAdmin
from loyalty.templatetags.figures import number
from rewards.models import Fulfilment

FULFILS = "rewards.fulfil_redemption"


class FulfilmentDeeds(ReadOnlyAdmin):
    """The deeds for one, and for all that is asked."""

    def chosen(self, request: HttpRequest) -> QuerySet[Fulfilment]:
        """What the address is about."""
        raise NotImplementedError

    def deeds(self, request: HttpRequest, delivery: Fulfilment) -> list[tuple[str, Any]]:
        """The ways to what this colleague may do now."""
        return []

    def bulk(self, request: HttpRequest) -> HttpResponse:
        """How many they are, and what may be done with them."""
        if not (self.has_view_permission(request) and request.user.has_perm(FULFILS)):
            raise PermissionDenied
        counted = self.chosen(request).count()
        context = {
            **self.admin_site.each_context(request),
            "title": _("For many at once"),
            "opts": self.model._meta,
            "original": "",
            "counted": counted,
            "counted_words": number(counted),
            "address": request.GET.urlencode(),
        }
        return TemplateResponse(request, "admin/rewards/fulfilment_bulk.html", context)
