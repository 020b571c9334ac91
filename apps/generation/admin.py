"""Generation in the administration: looked at here, written by jobs."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin
from apps.generation.models import GenerationRun


@admin.register(GenerationRun)
class GenerationRunAdmin(ReadOnlyAdmin):
    list_display = ["id", "project", "round_number", "seed", "collapsed", "admitted", "created_at"]
    list_filter = ["collapsed", "admitted"]
    list_select_related = ["project"]
    search_fields = ["project__slug"]
