"""The bodies of requests: JSON into structs, and what is wrong with it told by its place."""

from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, ClassVar, TypeVar

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.request import Request

from loyalty.errors import InvalidRequest

T = TypeVar("T")

JSON = "application/json"
NDJSON = "application/x-ndjson"

# A text of one line: no control characters, so no NUL either (PostgreSQL refuses it).
ONE_LINE = r"^[^\x00-\x1f\x7f]*(?![\s\S])"


class InvalidJson(InvalidRequest):
    """The body is not JSON."""

    code = "invalid_json"


class BodyTooLarge(InvalidRequest):
    """The body has more bytes than this server takes."""

    code = "body_too_large"
    status: ClassVar[int] = 413


class ContentTypeUnsupported(InvalidRequest):
    """The body is not of a content type that this address takes."""

    code = "content_type_unsupported"
    status: ClassVar[int] = 415


def decode(request: Request, shape: type[T]) -> T:
    """The request's JSON body as that struct; numbers with a fraction become exact Decimals.

    Raises ContentTypeUnsupported, BodyTooLarge, InvalidJson, and InvalidRequest with the place
    ("lines.0.amount") of whatever is missing, unknown or of the wrong kind.
    """
    body, _content_type = read_body(request, JSON)
    return decode_bytes(body, shape)


def decode_bytes(body: bytes | msgspec.Raw, shape: type[T]) -> T:
    """As `decode`, for a body or a part of it that has been read."""
    try:
        # mypy does not see that a type is hashable
        decoded: T = _decoder(shape).decode(body)  # type: ignore[arg-type]
    except msgspec.ValidationError as invalid:
        raise _told(invalid) from invalid
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidJson("The body is not valid JSON.") from error
    return decoded


def read_body(request: Request, *content_types: str) -> tuple[bytes, str]:
    """The body as sent, and its content type. Raises as `decode` for its type and its size."""
    content_type = request.content_type.partition(";")[0].strip().lower()
    if content_type not in content_types:
        raise ContentTypeUnsupported(f"Send {' or '.join(content_types)}.", field="Content-Type")
    limit: int = settings.API_MAX_BODY_BYTES
    too_large = BodyTooLarge(f"A body has at most {limit} bytes.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise too_large
    try:
        body: bytes = request._request.body  # noqa: SLF001  DRF's own wraps it for parsers
    except RequestDataTooBig:
        raise too_large from None
    return body, content_type


@cache
def _decoder(shape: type[Any]) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(shape, float_hook=_exact)


def _exact(digits: str) -> Decimal:
    """The number as written; what no Decimal can hold is none, for its field to refuse."""
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("NaN")


def _told(invalid: msgspec.ValidationError) -> InvalidRequest:
    """msgspec's sentence with its "$.lines[0]" as a field, "lines.0"."""
    problem, _, path = str(invalid).partition(" - at `$")
    place = path.rstrip("`").replace("[", ".").replace("]", "").strip(".")
    name = ""
    if " field `" in problem:  # missing or unknown: msgspec names the object around it
        name = problem.rpartition(" field `")[2].rstrip("`")
    if " matching regex " in problem:
        problem = "The text has the wrong form, or characters that do not belong there"
    return InvalidRequest(f"{problem}.", field=".".join(filter(None, (place, name))))
