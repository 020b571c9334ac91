"""Pages: the project's jobs, and one job with its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.errors import Conflict
from apps.accounts.selectors import person_of
from apps.jobs.models import Job
from apps.jobs.selectors import (
    job_event_list,
    job_get_for,
    job_get_to_cancel,
    job_list,
    job_may_cancel,
    queues_without_worker,
    workers_alive,
)
from apps.jobs.services import job_cancel, job_retry
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role

PAGE_SIZE = 50
LOG_LINES = 200


@login_required
def jobs(request: HttpRequest, slug: str) -> HttpResponse:
    """The project's jobs, newest first; `?status=` keeps those of one status."""
    project = project_get_for(request.user, slug)
    status = request.GET.get("status", "")
    if status not in Job.Status.values:
        status = ""
    context = {
        **_frame(project),
        "status": status,
        "statuses": Job.Status.values,
        "page": Paginator(job_list(project, status), PAGE_SIZE).get_page(request.GET.get("page")),
        "workers": workers_alive(),
    }
    return render(request, "jobs/job_list.html", context)


@login_required
def job(request: HttpRequest, slug: str, job_id: UUID) -> HttpResponse:
    """One job with the newest lines of its log."""
    found = _in_project(job_get_for(request.user, job_id), slug)
    context = {
        **_frame(found.project),
        "job": found,
        "events": job_event_list(found, LOG_LINES),
        "log_lines": LOG_LINES,
        "manages": project_role(request.user, found.project) == Role.MANAGER,
        "may_cancel": job_may_cancel(request.user, found),
    }
    return render(request, "jobs/job_detail.html", context)


@login_required
@require_POST
def cancel(request: HttpRequest, slug: str, job_id: UUID) -> HttpResponse:
    """Stops a job."""
    found = _in_project(job_get_to_cancel(request.user, job_id), slug)
    return _change(request, found, job_cancel)


@login_required
@require_POST
def retry(request: HttpRequest, slug: str, job_id: UUID) -> HttpResponse:
    """Queues an ended job again."""
    found = _in_project(job_get_for(request.user, job_id, Role.MANAGER), slug)
    return _change(request, found, job_retry)


def _in_project(found: Job, slug: str) -> Job:
    if found.project.slug != slug:
        raise Http404("This job belongs to another project.")
    return found


def _change(request: HttpRequest, found: Job, service: Callable[..., None]) -> HttpResponse:
    try:
        service(job=found, actor=person_of(request))
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("job_detail", slug=found.project.slug, job_id=found.pk)


def _frame(project: Project) -> dict[str, Any]:
    return {
        "project": project,
        "section": "jobs",
        "queues_without_worker": queues_without_worker(project),
    }
