"""Evaluation in the administration: looked at here, written by jobs."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin
from apps.evaluation.models import EvaluationRun


@admin.register(EvaluationRun)
class EvaluationRunAdmin(ReadOnlyAdmin):
    list_display = ["id", "project", "checkpoint", "split", "image_count", "round_number"]
    list_filter = ["split"]
    list_select_related = ["project", "checkpoint"]
    search_fields = ["project__slug"]
    # The answers of a whole split are no reading matter.
    exclude = ["predictions", "targets"]
