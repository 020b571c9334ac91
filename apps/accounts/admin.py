"""People, tokens and the audit log in the administration."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import ApiToken, AuditEntry, User
from apps.accounts.selectors import person_of
from apps.accounts.services import api_token_revoke, audit_record, sign_in_link_create

admin.site.site_header = admin.site.site_title = "Assay"
admin.site.index_title = "Administration"
admin.site.unregister(Group)  # roles are given by project


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that are looked at here and changed by services only."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """People. New ones get their first sign-in by a one-time link."""

    list_display = ["username", "email", "is_active", "is_superuser", "last_login"]
    actions = ["make_sign_in_link"]

    @admin.action(description="Make a one-time sign-in link")
    def make_sign_in_link(self, request: HttpRequest, people: QuerySet[User]) -> None:
        # A link is as good as a password, so lesser administrators may not make one.
        if not request.user.is_superuser:
            self.message_user(request, "This takes a superuser.", messages.ERROR)
            return
        for person in people:
            secret = sign_in_link_create(user=person)
            audit_record(
                actor=person_of(request),
                action="sign_in_link.create",
                detail={"for": person.username},
            )
            link = request.build_absolute_uri(reverse("sign_in_link", args=[secret]))
            self.message_user(request, f"For {person}, once, within a day: {link}")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ["prefix", "user", "name", "created_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "name", "prefix"]
    exclude = ["digest"]
    actions = ["revoke"]

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        for token in tokens.select_related("user"):
            api_token_revoke(token=token, actor=person_of(request))


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "actor", "action", "project_slug", "detail"]
    list_filter = ["action"]
    list_select_related = ["actor"]
    search_fields = ["project_slug", "actor__username"]
