"""The rule document's JSON Schema, for the console's form, the API's schema and anyone's editor."""

from typing import Any

import msgspec

from loyalty.earning.document import RuleDocument


def rule_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the rule document, made from the very types that parse it."""
    schema = msgspec.json.schema(RuleDocument)
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(schema))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **plain}
