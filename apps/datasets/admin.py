"""Versions in the administration: looked at here, written by jobs."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin
from apps.datasets.models import DatasetVersion, Export


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    list_display = ["project", "number", "image_count", "sha256", "created_at"]
    list_select_related = ["project"]
    search_fields = ["project__slug", "sha256"]


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ["version", "format", "image_count", "byte_size", "created_at"]
    list_filter = ["format"]
    list_select_related = ["version"]
    search_fields = ["version__project__slug", "sha256"]
