"""What drf-spectacular cannot see: which addresses are the API, and how its errors look."""

from __future__ import annotations

from typing import Any

ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string", "description": "One sentence for people."},
                "fields": {"type": "object", "description": "What is wrong, field by field."},
            },
            "required": ["code", "message", "fields"],
        }
    },
    "required": ["error"],
}


def only_version_1(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Leaves out what also answers elsewhere, such as /healthz/."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def describe_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every call may answer with the one shape of errors."""
    result["components"]["schemas"]["Error"] = ERROR
    answer = {
        "description": "Any error.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"].setdefault("default", answer)
    return result
