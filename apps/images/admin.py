"""Images and refusals behind the pages. Held-back classes are not registered: nobody sees them."""

from django.contrib import admin
from django.http import HttpRequest

from apps.images.models import Image, Refusal, UrlList


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows are written by services only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    list_display = ["name", "project", "origin", "split", "status", "annotation_class"]
    list_filter = ["project", "origin", "split", "status"]
    list_select_related = ["project", "annotation_class"]
    search_fields = ["name", "sha256"]
    show_full_result_count = False


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    list_display = ["name", "project", "reason", "detail", "created_at"]
    list_filter = ["project", "reason"]
    list_select_related = ["project"]


@admin.register(UrlList)
class UrlListAdmin(ReadOnlyAdmin):
    list_display = ["project", "total", "accepted", "duplicates", "refused", "created_at"]
    list_select_related = ["project"]
