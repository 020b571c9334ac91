"""Jobs, their log and the workers in the administration: looked at here, changed by services."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin
from apps.jobs.models import Job, JobEvent, Worker


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = [
        "title",
        "project",
        "kind",
        "queue",
        "status",
        "attempt",
        "worker",
        "created_at",
    ]
    list_filter = ["status", "queue", "kind"]
    list_select_related = ["project"]
    search_fields = ["title", "project__slug"]
    date_hierarchy = "created_at"


@admin.register(JobEvent)
class JobEventAdmin(ReadOnlyAdmin):
    list_display = ["project", "seq", "kind", "job", "created_at"]
    list_select_related = ["project", "job"]
    search_fields = ["project__slug", "kind"]
    show_full_result_count = False


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ["name", "queues", "device", "pid", "started_at", "heartbeat_at"]
