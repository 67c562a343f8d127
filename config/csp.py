"""The strict policy of every page, and the looser one that the console's parts need."""

from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

CONSOLE = "/console/"

# Unfold's Alpine evaluates the attributes of its templates, and its theme is a style element.
FOR_THE_CONSOLE = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


class PolicyByPath(CSPMiddleware):
    """Only answers under /console/ may evaluate scripts and carry styles."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path.startswith(CONSOLE):
            response._csp_update = FOR_THE_CONSOLE  # type: ignore[attr-defined]  # noqa: SLF001
        answer: HttpResponseBase = super().process_response(request, response)
        return answer
