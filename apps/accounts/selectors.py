"""Reading people, their tokens and the audit log."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.request import Request

from apps.accounts.models import ApiToken, AuditEntry, User


def person_of(request: HttpRequest | Request) -> User:
    """The signed-in person; where nobody is, PermissionDenied."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied("Sign in first.")
    return user


def api_token_list(user: User) -> QuerySet[ApiToken]:
    """A person's tokens that are not revoked, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at=None).order_by("-id")


def audit_entry_list(project_slug: str, most: int = 50) -> list[AuditEntry]:
    """The newest entries about a project."""
    entries = AuditEntry.objects.select_related("actor").filter(project_slug=project_slug)
    return list(entries.order_by("-id")[:most])
