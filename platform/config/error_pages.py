"""Errors outside REST framework's views: a page for people, the API's shape under /api/."""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from apps.accounts.errors import body


def _answer(request: HttpRequest, status: HTTPStatus, code: str, message: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(body(code, message), status=status)
    # Without the request, whose session and person may be what went wrong.
    about = None if status == HTTPStatus.INTERNAL_SERVER_ERROR else request
    return HttpResponse(
        render_to_string(f"{status.value}.html", {"message": message}, about), status=status
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, HTTPStatus.BAD_REQUEST, "bad_request", "The request cannot be read.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = str(exception) or "Your role does not allow this."
    return _answer(request, HTTPStatus.FORBIDDEN, "permission_denied", message)


def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    # Django's own exceptions carry the table of routes; a view's sentence is a plain string.
    sentence = exception.args[0] if exception.args else ""
    message = sentence if isinstance(sentence, str) and sentence else "There is nothing here."
    return _answer(request, HTTPStatus.NOT_FOUND, "not_found", message)


def server_error(request: HttpRequest) -> HttpResponse:
    message = "Something went wrong on our side. It has been logged; try again in a moment."
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "server_error", message)
