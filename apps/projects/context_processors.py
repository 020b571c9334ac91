"""What the frame around every page shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.projects.selectors import project_list_for


def frame(request: HttpRequest) -> dict[str, Any]:
    """The project switcher's list, read only where a template draws it."""
    return {"frame_projects": lambda: project_list_for(request.user)}
