"""How views describe themselves in the OpenAPI document: by their `operations` and `scopes`."""

from collections.abc import Iterator
from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from config.api.errors import CONTENT_TYPE
from loyalty.api.bodies import JSON
from loyalty.api.operations import Operation

REFS = "#/components/schemas/{name}"
_ERROR = "ProblemAnswer"


class FieldProblem(msgspec.Struct, frozen=True):
    """Which part of the request is to blame: "lines.0.amount"."""

    field: str
    detail: str


class ProblemAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Any refusal, after RFC 9457. Rely on `code`; /api/v1/problems has them all."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []


class Schema(AutoSchema):
    """One operation, from what its view says."""

    @property
    def operation(self) -> Operation:
        found: Operation = _attribute(self.view, "operations")[self.method]
        return found

    def get_operation_id(self) -> str:
        return self.operation.id

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").partition("/")[0]]

    def get_summary(self) -> str:
        return self.operation.id.replace("_", " ").capitalize()

    def get_request_serializer(self) -> Any:
        bodies = dict(self.operation.other_bodies)
        if self.operation.body:
            bodies[JSON] = _ref(self.operation.body)
        return bodies or None

    def get_response_serializers(self) -> Any:
        answers: dict[Any, Any] = {
            (str(status), JSON): _ref(body) for status, body in self.operation.answers.items()
        }
        return answers | {("default", CONTENT_TYPE): {"$ref": REFS.format(name=_ERROR)}}

    def get_override_parameters(self) -> list[Any]:
        parameters = [
            OpenApiParameter(name, str, OpenApiParameter.QUERY, description=meaning)
            for name, meaning in self.operation.parameters.items()
        ]
        if self.operation.is_keyed:
            meaning = "Names the request: repeated under the same key, it is answered once."
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    str,
                    OpenApiParameter.HEADER,
                    required=True,
                    description=meaning,
                )
            )
        return parameters

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        said: dict[str, Any] = super().get_operation(*args, **kwargs) or {}
        if "requestBody" in said:
            said["requestBody"]["required"] = True
        said["x-scope"] = _attribute(self.view, "scopes")[self.method]
        return said


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The key, for the page's Authorize button."""

    target_class = "config.api.auth.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A client's key: trouw_…"}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The token of an app in which the member signed in with us."""

    target_class = "members.api.tokens.MemberTokenAuthentication"
    name = "member"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "openIdConnect", "openIdConnectUrl": "/.well-known/openid-configuration"}


def document() -> dict[str, Any]:
    """The whole OpenAPI document."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    said: dict[str, Any] = generator.get_schema(request=None, public=True)
    said["components"]["schemas"] = _components(generator)
    return said


def _components(generator: Any) -> dict[str, Any]:
    """Every struct that an operation takes or answers, with what is in them."""
    structs: set[type[msgspec.Struct]] = {ProblemAnswer, *_structs(generator)}
    in_order = sorted(structs, key=lambda struct: struct.__name__)
    _refs, components = msgspec.json.schema_components(in_order, ref_template=REFS)
    return components


def _structs(generator: Any) -> Iterator[type[msgspec.Struct]]:
    for _path, _regex, method, callback in generator.endpoints:
        operation: Operation = callback.cls.operations[method]
        yield from operation.answers.values()
        if operation.body:
            yield operation.body


def _ref(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": REFS.format(name=struct.__name__)}


def _attribute(view: Any, name: str) -> Any:
    """What the view declares under that name; its class knows of no such thing."""
    return getattr(view, name)
