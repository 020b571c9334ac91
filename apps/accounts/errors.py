"""One shape for every error of the API: `{"error": {"code", "message", "fields"}}`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.accounts.parsers import TooLarge


class Conflict(exceptions.APIException):
    """What was asked for does not fit the present state."""

    status_code = 409
    default_code = "conflict"
    default_detail = "This does not fit the present state."


def body(code: str, message: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """An error's JSON."""
    return {"error": {"code": code, "message": message, "fields": fields or {}}}


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler."""
    if isinstance(error, ValidationError):
        detail = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        error = exceptions.ValidationError(detail)
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    elif isinstance(error, Http404):
        error = exceptions.NotFound(str(error) or None)
    elif isinstance(error, exceptions.NotAuthenticated):
        error.detail = exceptions.ErrorDetail(  # kept: it carries the answer's WWW-Authenticate
            "Sign in, or send Authorization: Token and your token."
        )
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    if isinstance(error, exceptions.ValidationError):
        response.data = body("invalid", first_sentence(error.detail), _fields(error.detail))
    else:
        response.data = body(str(error.default_code), first_sentence(error.detail))
    return response


def _fields(detail: Any) -> dict[str, Any]:
    if isinstance(detail, dict):
        return {name: value for name, value in detail.items() if name}
    return (
        {"": detail}
        if isinstance(detail, list)
        and any(detail)
        and not all(isinstance(item, str) for item in detail)
        else {}
    )


def first_sentence(detail: Any, name: str = "") -> str:
    """The first of a serializer's errors, with its field's name."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            if value:
                return first_sentence(value, "" if key == "non_field_errors" else str(key))
        return "Invalid."
    if isinstance(detail, list):
        return next((first_sentence(item, name) for item in detail if item), "Invalid.")
    return f"{name}: {detail}" if name else str(detail)
