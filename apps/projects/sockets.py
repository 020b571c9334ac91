"""Who may listen to a project's websockets."""

from __future__ import annotations

from django.http import Http404

from apps.accounts.sockets import person_of_socket
from apps.projects.models import Project
from apps.projects.selectors import project_get_for


class RefusedError(Exception):
    """A socket that is closed, with a code in the manner of HTTP's and a sentence."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def project_of_socket(headers: list[tuple[bytes, bytes]], slug: str) -> Project:
    """The project, if who opened the socket may see it at this moment. Raises `RefusedError`."""
    person = person_of_socket(headers)
    if person is None:
        raise RefusedError(4401, "Sign in, then connect again.")
    try:
        return project_get_for(person, slug)
    except Http404:
        raise RefusedError(4404, "There is no such project that you are in.") from None
