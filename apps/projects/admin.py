"""Projects in the administration. Members change on the project's own page, which keeps the log."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from apps.projects.models import AnnotationClass, Membership, Project


class AnnotationClassInline(admin.TabularInline):  # type: ignore[type-arg]
    """Classes are fixed once made: their positions index every stored vector."""

    model = AnnotationClass
    extra = 0
    can_delete = False
    readonly_fields = ["name", "position"]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    can_delete = False
    readonly_fields = ["user", "role", "created_at"]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "slug", "training_size", "channels", "created_by", "created_at"]
    list_select_related = ["created_by"]
    search_fields = ["name", "slug"]
    readonly_fields = ["slug", "training_size", "channels", "created_by", "created_at"]
    inlines = [AnnotationClassInline, MembershipInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
