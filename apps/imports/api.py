"""Imports over REST: opened, filled by uploads (`apps.imports.tus`), begun; or all in one call."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.errors import Conflict
from apps.accounts.pagination import CursorPages
from apps.accounts.parsers import BoundedJSONParser
from apps.accounts.selectors import person_of
from apps.images.models import Image, Refusal
from apps.images.upload_forms import MOST_METADATA_BYTES, json_read
from apps.imports.models import Import
from apps.imports.receiving import DiskUploadHandler, SentFile
from apps.imports.refusals_csv import refusal_lines
from apps.imports.selectors import import_get, import_list, import_refusals
from apps.imports.services import import_abandon, import_begin, import_create, import_send
from apps.jobs.api import JobSerializer
from apps.jobs.services import job_cancel
from apps.projects.selectors import Role, project_get_for


class ImportSerializer(serializers.ModelSerializer[Import]):
    """An import and what became of its files; `job` is null while it is open."""

    class Meta:
        model = Import
        fields = [
            "id", "title", "layout", "split", "metadata", "place", "job", "found", "found_words",
            "total", "accepted", "duplicates", "refused", "unchanged", "changed", "created_at",
            "ended_at",
        ]  # fmt: skip


class ImportOpenSerializer(serializers.Serializer[Import]):
    """What is said of an import before its files come."""

    title = serializers.CharField(max_length=160)
    layout = serializers.ChoiceField(Import.Layout.choices, default=Import.Layout.AUTO)
    split = serializers.ChoiceField(Image.Split.choices, default="", allow_blank=True)


class ImportSendSerializer(serializers.Serializer[Import]):
    """An import's form, with its files."""

    file = serializers.ListField(
        child=serializers.FileField(),
        help_text="An archive (.zip, .tar, .tar.gz), or images; 1,000 files at most.",
    )
    manifest = serializers.FileField(
        required=False, help_text="What says of each file its class, split and metadata."
    )
    title = serializers.CharField(required=False, max_length=160)
    layout = serializers.ChoiceField(Import.Layout.choices, required=False)
    split = serializers.ChoiceField(Image.Split.choices, required=False)
    metadata = serializers.CharField(required=False, help_text="JSON object for every image.")


class BegunSerializer(serializers.Serializer[Import]):
    """An import that has begun, and its job."""

    def to_representation(self, instance: Import) -> dict[str, Any]:
        return {"import": ImportSerializer(instance).data, "job": JobSerializer(instance.job).data}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `import` cannot be declared as an attribute.
        return {"import": ImportSerializer(), "job": JobSerializer()}


class ImportListView(GenericAPIView[Import]):
    serializer_class = ImportSerializer
    queryset = Import.objects.none()
    parser_classes = [BoundedJSONParser, MultiPartParser, FormParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        request.upload_handlers = [DiskUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(operation_id="imports_list", responses=ImportSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The project's imports and syncs, newest first."""
        page = self.paginate_queryset(import_list(project_get_for(request.user, slug)))
        return self.get_paginated_response(ImportSerializer(page, many=True).data)

    @extend_schema(
        operation_id="imports_create",
        request={
            "application/json": ImportOpenSerializer,
            "multipart/form-data": ImportSendSerializer,
        },
        responses={201: ImportSerializer, 202: BegunSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Import files. Managers only.

        As a form with files: they are kept and a job takes them in; 202 with the import and
        its job. As JSON: opens an import, 201; send its files to `uploads/`, which may be
        resumed, then `begin/` it.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        if not request.content_type.startswith("multipart/"):
            said = ImportOpenSerializer(data=request.data)
            said.is_valid(raise_exception=True)
            made = import_create(
                project=project, created_by=person_of(request), **said.validated_data
            )
            return Response(ImportSerializer(made).data, status=status.HTTP_201_CREATED)
        files = [*request.FILES.getlist("file"), *request.FILES.getlist("manifest")]
        form = request.POST
        begun = import_send(
            project=project,
            created_by=person_of(request),
            files=[(file.name or "file", cast("SentFile", file).path) for file in files],
            title=form.get("title", ""),
            layout=form.get("layout") or Import.Layout.AUTO,
            split=form.get("split", ""),
            metadata=_metadata(form.get("metadata") or "{}"),
        )
        return Response(BegunSerializer(begun).data, status=status.HTTP_202_ACCEPTED)


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


class ImportCancelView(APIView):
    @extend_schema(operation_id="imports_cancel", request=None, responses=JobSerializer)
    def post(self, request: Request, slug: str, import_id: int) -> Response:
        """Stop its job; what it took in stays. Managers only; 409 where none is going on."""
        owner = _managed(request, slug, import_id)
        if owner.job is None:
            raise Conflict("This import has not begun; there is nothing to stop.")
        job_cancel(job=owner.job, actor=person_of(request))
        return Response(JobSerializer(owner.job).data)


class RefusalSerializer(serializers.ModelSerializer[Refusal]):
    """A file that was not taken in, and why."""

    class Meta:
        model = Refusal
        fields = ["id", "name", "reason", "detail", "created_at"]


class _CsvToo(DefaultContentNegotiation):
    """Where the view itself answers `?format=csv`; REST framework would look for a renderer."""

    def select_renderer(self, request, renderers, format_suffix=None):  # type: ignore[no-untyped-def]
        return renderers[0], renderers[0].media_type


class RefusalPages(CursorPages):
    """In the order of the files."""

    ordering = "id"


class ImportRefusalsView(GenericAPIView[Refusal]):
    serializer_class = RefusalSerializer
    queryset = Refusal.objects.none()
    pagination_class = RefusalPages
    content_negotiation_class = _CsvToo

    @extend_schema(
        operation_id="imports_refusals",
        parameters=[OpenApiParameter("format", str, enum=["json", "csv"])],
        responses={
            (200, "application/json"): RefusalSerializer(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, slug: str, import_id: int) -> HttpResponseBase:
        """The files of it that were not taken in, and why; as CSV, all of them at once."""
        owner = import_get(project_get_for(request.user, slug), import_id)
        wanted = request.query_params.get("format", "json")
        if wanted not in ("json", "csv"):
            raise ValidationError({"format": "Refusals come as json or csv."})
        if wanted == "csv":
            name = f"{slug}-import-{owner.pk}-refused.csv"
            return StreamingHttpResponse(
                refusal_lines(import_refusals(owner)),
                content_type="text/csv; charset=utf-8",
                headers={"Content-Disposition": f'attachment; filename="{name}"'},
            )
        page = self.paginate_queryset(import_refusals(owner))
        return self.get_paginated_response(RefusalSerializer(page, many=True).data)


def _metadata(text: str) -> dict[str, Any]:
    value = json_read("metadata", text)
    if not isinstance(value, dict) or len(text) > MOST_METADATA_BYTES:
        raise ValidationError(
            {"metadata": f"Send a JSON object of {MOST_METADATA_BYTES // 1024} KiB at most."}
        )
    return value


def _managed(request: Request, slug: str, import_id: int) -> Import:
    return import_get(project_get_for(request.user, slug, Role.MANAGER), import_id)
