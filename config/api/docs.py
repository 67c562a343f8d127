"""The OpenAPI document, and the page that shows it and tries it out; without any network."""

from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.schema import document

# The page carries its own styles and draws its icons from data; scripts come from us alone.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/schema/"""
    return HttpResponse(_encoded(), content_type="application/json")


@cache
def _encoded() -> bytes:
    """The document is the same for as long as the process runs."""
    return msgspec.json.encode(document())


class Docs(SpectacularSwaggerSplitView):
    """GET /api/v1/docs/"""

    url_name = "api-schema"
    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = None

    def finalize_response(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().finalize_response(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = POLICY
        return response
