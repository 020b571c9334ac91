"""Training in the administration: looked at here, written by jobs."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin
from apps.training.models import Checkpoint, RefinementTurn, TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ["id", "project", "kind", "family", "purpose", "round_number", "created_at"]
    list_filter = ["kind", "purpose"]
    list_select_related = ["project"]
    search_fields = ["project__slug", "family"]


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ["id", "project", "kind", "sha256", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["project"]
    search_fields = ["project__slug", "sha256"]


@admin.register(RefinementTurn)
class RefinementTurnAdmin(ReadOnlyAdmin):
    list_display = ["id", "project", "number", "round_number", "offered", "created_at"]
    list_select_related = ["project"]
    search_fields = ["project__slug"]
    # Long lists of hashes are no reading matter.
    exclude = ["rows", "fed_rows"]
