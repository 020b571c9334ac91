"""Jobs over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.pagination import CursorPages
from apps.accounts.selectors import person_of
from apps.jobs.models import Job
from apps.jobs.selectors import job_get_for, job_get_to_cancel, job_list
from apps.jobs.services import job_cancel, job_retry
from apps.projects.selectors import Role, project_get_for, project_role


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job as every member sees it."""

    project = serializers.CharField(source="project.slug")
    cancel_requested = serializers.BooleanField(source="cancel_requested_at")

    class Meta:
        model = Job
        fields = [
            "id", "project", "kind", "title", "queue", "status", "attempt", "worker", "progress",
            "message", "error", "result", "cancel_requested", "created_at", "started_at",
            "heartbeat_at", "finished_at",
        ]  # fmt: skip


class ManagedJobSerializer(JobSerializer):
    """A job as its managers see it."""

    class Meta(JobSerializer.Meta):
        fields = [*JobSerializer.Meta.fields, "traceback"]


class JobPages(CursorPages):
    """Jobs are named by random ids, so their age orders them."""

    ordering = ("-created_at", "-id")  # type: ignore[assignment]


class JobListView(GenericAPIView[Job]):
    serializer_class = JobSerializer
    pagination_class = JobPages

    @extend_schema(
        operation_id="jobs_list",
        parameters=[OpenApiParameter("status", OpenApiTypes.STR, enum=Job.Status.values)],
        responses=JobSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The project's jobs, newest first."""
        project = project_get_for(request.user, slug)
        status = request.query_params.get("status", "")
        if status and status not in Job.Status.values:
            known = ", ".join(Job.Status.values)
            raise ValidationError(
                {"status": f"There is no status {status!r}; it is one of {known}."}
            )
        page = self.paginate_queryset(job_list(project, status).select_related("project"))
        return self.get_paginated_response(JobSerializer(page, many=True).data)


class JobView(APIView):
    @extend_schema(responses=ManagedJobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """One job. Only managers see the traceback of one that failed."""
        return Response(_json_for(request, job_get_for(request.user, job_id)))


class JobCancelView(APIView):
    @extend_schema(request=None, responses=ManagedJobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Stop a job within five seconds. For managers, and for who asked for it; 409 where it has
        ended."""
        job = job_get_to_cancel(request.user, job_id)
        job_cancel(job=job, actor=person_of(request))
        return Response(_json_for(request, job))


class JobRetryView(APIView):
    @extend_schema(request=None, responses=ManagedJobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Queue a failed or cancelled job again. Managers only; 409 for any other."""
        job = job_get_for(request.user, job_id, Role.MANAGER)
        job_retry(job=job, actor=person_of(request))
        return Response(_json_for(request, job))


def _json_for(request: Request, job: Job) -> dict[str, Any]:
    manages = project_role(request.user, job.project) == Role.MANAGER
    serializer = ManagedJobSerializer(job) if manages else JobSerializer(job)
    return dict(serializer.data)
