"""How views describe themselves in the OpenAPI document."""

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):  # type: ignore[misc]
    """The project's own: msgspec bodies and the key."""
