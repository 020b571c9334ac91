"""Tasks and answers behind the pages: looked at here, written by services only."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin
from apps.review.models import Judgement, Reservation, Review, ReviewTask


@admin.register(ReviewTask)
class ReviewTaskAdmin(ReadOnlyAdmin):
    list_display = ["id", "project", "kind", "status", "priority", "round_number", "reason"]
    list_filter = ["project", "kind", "status"]
    list_select_related = ["project"]
    show_full_result_count = False


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ["task", "user", "expires_at"]
    list_select_related = ["task", "user"]


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ["task", "user", "verdict", "annotation_class", "created_at", "superseded_at"]
    list_filter = ["verdict"]
    list_select_related = ["task", "user", "annotation_class"]
    date_hierarchy = "created_at"
    show_full_result_count = False


@admin.register(Judgement)
class JudgementAdmin(ReadOnlyAdmin):
    list_display = ["task", "method", "verdict", "annotation_class", "confidence", "superseded_at"]
    list_filter = ["method", "verdict"]
    list_select_related = ["task", "annotation_class"]
    show_full_result_count = False
