"""Imports over REST: opened, filled by uploads (`apps.imports.tus`), begun."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.selectors import person_of
from apps.images.models import Image
from apps.imports.models import Import
from apps.imports.selectors import import_get, import_list
from apps.imports.services import import_abandon, import_begin, import_create
from apps.jobs.api import JobSerializer
from apps.projects.selectors import Role, project_get_for


class ImportSerializer(serializers.ModelSerializer[Import]):
    """An import and what became of its files; `job` is null while it is open."""

    class Meta:
        model = Import
        fields = [
            "id", "title", "layout", "split", "metadata", "place", "job", "total", "accepted",
            "duplicates", "refused", "unchanged", "created_at", "ended_at",
        ]  # fmt: skip


class ImportOpenSerializer(serializers.Serializer[Import]):
    """What is said of an import before its files come."""

    title = serializers.CharField(max_length=160)
    layout = serializers.ChoiceField(Import.Layout.choices, default=Import.Layout.AUTO)
    split = serializers.ChoiceField(Image.Split.choices, default="", allow_blank=True)


class ImportListView(GenericAPIView[Import]):
    serializer_class = ImportSerializer
    queryset = Import.objects.none()

    @extend_schema(operation_id="imports_list", responses=ImportSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The project's imports and syncs, newest first."""
        page = self.paginate_queryset(import_list(project_get_for(request.user, slug)))
        return self.get_paginated_response(ImportSerializer(page, many=True).data)

    @extend_schema(
        operation_id="imports_create",
        request=ImportOpenSerializer,
        responses={201: ImportSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Open an import: send its files to `uploads/`, then `begin/` it. Managers only."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        said = ImportOpenSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        made = import_create(project=project, created_by=person_of(request), **said.validated_data)
        return Response(ImportSerializer(made).data, status=status.HTTP_201_CREATED)


class ImportView(APIView):
    @extend_schema(operation_id="imports_retrieve", responses=ImportSerializer)
    def get(self, request: Request, slug: str, import_id: int) -> Response:
        """One import."""
        project = project_get_for(request.user, slug)
        return Response(ImportSerializer(import_get(project, import_id)).data)

    @extend_schema(operation_id="imports_delete", responses={204: None})
    def delete(self, request: Request, slug: str, import_id: int) -> Response:
        """Throw away what was sent and not taken in. Managers only."""
        import_abandon(owner=_managed(request, slug, import_id), actor=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImportBeginView(APIView):
    @extend_schema(operation_id="imports_begin", request=None, responses={202: JobSerializer})
    def post(self, request: Request, slug: str, import_id: int) -> Response:
        """Have a job take in what was sent; asked again, the same job. Managers only."""
        job = import_begin(owner=_managed(request, slug, import_id), actor=person_of(request))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


def _managed(request: Request, slug: str, import_id: int) -> Import:
    return import_get(project_get_for(request.user, slug, Role.MANAGER), import_id)
