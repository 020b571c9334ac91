"""Exports over REST, and the files themselves."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.errors import Conflict
from apps.accounts.selectors import person_of
from apps.datasets import exports
from apps.datasets.downloads import download
from apps.datasets.forms import ExportSerializer
from apps.datasets.models import Export
from apps.datasets.selectors import export_get, export_list, version_get
from apps.jobs.models import Job
from apps.projects.selectors import Role, project_get_for


class ExportedSerializer(serializers.ModelSerializer[Export]):
    """An export, made or in the making."""

    version = serializers.IntegerField(source="version.number")
    status = serializers.ChoiceField(Job.Status.choices)
    progress = serializers.FloatField(source="job.progress", default=0.0)
    message = serializers.CharField(source="job.message", default="")
    error = serializers.CharField(source="job.error", default="")
    url = serializers.SerializerMethodField(help_text="Where its file is; null until it is made.")

    class Meta:
        model = Export
        fields = [
            "id", "version", "format", "selection", "image_count", "status", "progress", "message",
            "error", "job", "sha256", "byte_size", "file_name", "url", "created_at",
        ]  # fmt: skip

    def get_url(self, export: Export) -> str | None:
        place = [export.version.project.slug, export.pk]
        return reverse("api_export_file", args=place) if export.is_ready else None


class ExportListView(GenericAPIView[Export]):
    serializer_class = ExportedSerializer

    @extend_schema(operation_id="exports_list", responses=ExportedSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The project's exports, newest first."""
        page = self.paginate_queryset(export_list(project_get_for(request.user, slug)))
        return self.get_paginated_response(ExportedSerializer(page, many=True).data)

    @extend_schema(
        operation_id="exports_create",
        request=ExportSerializer,
        responses={200: ExportedSerializer, 202: ExportedSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Ask for an export. Managers only.

        202 with the export while its job makes it. 200 where it was asked for before: one that
        failed or was cancelled goes on. 409 where no image passes the filters.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        asked = ExportSerializer(data=request.data, context={"project": project})
        asked.is_valid(raise_exception=True)
        export, is_new = exports.export_request(
            version=version_get(project, asked.validated_data["version"]),
            format_name=asked.validated_data["format"],
            selection=asked.selection,
            actor=person_of(request),
        )
        code = status.HTTP_202_ACCEPTED if is_new else status.HTTP_200_OK
        return Response(ExportedSerializer(export).data, status=code)


class ExportView(APIView):
    @extend_schema(operation_id="exports_retrieve", responses=ExportedSerializer)
    def get(self, request: Request, slug: str, export_id: int) -> Response:
        """One export."""
        export = export_get(project_get_for(request.user, slug), export_id)
        return Response(ExportedSerializer(export).data)

    @extend_schema(operation_id="exports_destroy", responses={204: None})
    def delete(self, request: Request, slug: str, export_id: int) -> Response:
        """Take its file away. Managers only; 409 while it is being made."""
        export = export_get(project_get_for(request.user, slug, Role.MANAGER), export_id)
        exports.export_delete(export=export, actor=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class _AnyType(BaseContentNegotiation):
    """A file has one type, whatever a client says that it accepts."""

    def select_parser(self, request, parsers):  # type: ignore[no-untyped-def]
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):  # type: ignore[no-untyped-def]
        return renderers[0], renderers[0].media_type


class FileView(APIView):
    """What answers with a file."""

    content_negotiation_class = _AnyType


class ExportFileView(FileView):
    @extend_schema(
        operation_id="exports_download",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str, export_id: int) -> HttpResponseBase:
        """The archive; `Range` and `If-Range` go on with a download. Managers only."""
        export = export_get(project_get_for(request.user, slug, Role.MANAGER), export_id)
        if not export.is_ready:
            raise Conflict(f"This export is not made yet: its job is {export.status}.")
        return download(
            request._request,
            key=export.key,
            sha256=export.sha256,
            size=export.byte_size,
            name=export.file_name,
            content_type="application/zip",
        )


class ManifestView(FileView):
    @extend_schema(
        operation_id="versions_manifest",
        responses={(200, "application/jsonl"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str, number: int) -> HttpResponseBase:
        """A version's manifest: the classes, then a line an image. Managers only."""
        version = version_get(project_get_for(request.user, slug, Role.MANAGER), number)
        return download(
            request._request,
            key=version.manifest_key,
            sha256=version.sha256,
            size=version.byte_size,
            name=f"{slug}-v{number}.jsonl",
            content_type="application/jsonl",
        )
