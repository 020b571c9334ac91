"""Loops in the administration: looked at here, changed by services."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin
from apps.loops.models import Decision, Loop, Mix, Round


@admin.register(Loop)
class LoopAdmin(ReadOnlyAdmin):
    list_display = ["project", "status", "strategy", "classifier", "generator"]
    list_filter = ["status"]
    list_select_related = ["project"]


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    list_display = ["project", "number", "step", "started_at", "finished_at"]
    list_filter = ["step"]
    list_select_related = ["project"]


@admin.register(Mix)
class MixAdmin(ReadOnlyAdmin):
    list_display = ["id", "project", "round", "ratio", "real_count", "synthetic_count"]
    list_select_related = ["project", "round"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["round", "outcome", "candidate_ratio", "gain", "low", "high", "created_at"]
    list_filter = ["outcome"]
    list_select_related = ["round"]
