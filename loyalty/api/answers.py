"""What the API sends back: structs as JSON, straight to bytes."""

from collections.abc import Mapping

import msgspec
from django.http import HttpResponse

_encode = msgspec.json.Encoder().encode


def answered(
    body: msgspec.Struct, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The struct as a JSON answer; amounts are texts with their decimals, moments are UTC."""
    return HttpResponse(
        _encode(body), status=status, headers=headers, content_type="application/json"
    )
