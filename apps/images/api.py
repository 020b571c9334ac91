"""Images over REST."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.selectors import person_of
from apps.images.list_parsers import PARSERS, SentList
from apps.images.models import Image
from apps.images.quality.filters import REASON_WORDS
from apps.images.selectors import image_filters_read, image_get, image_list
from apps.images.services import IngestReport, images_ingest
from apps.images.upload_forms import upload_read
from apps.images.uploads import SpoolUploadHandler
from apps.images.url_forms import url_list_read
from apps.images.url_lists import url_list_create
from apps.jobs.api import JobSerializer
from apps.projects.selectors import Role, annotation_class_list, project_get_for

FILTERS = ["origin", "status", "class", "split", "slice"]
PAGING = ["cursor", "page_size"]


class ImageSerializer(serializers.ModelSerializer[Image]):
    """An image as it is told."""

    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = [
            "id", "name", "origin", "split", "status", "sha256", "format", "width", "height",
            "byte_size", "metadata", "created_at", "url", "thumbnail_url",
        ]  # fmt: skip

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `class` cannot be declared as an attribute.
        name = serializers.CharField(source="annotation_class.name", read_only=True, default=None)
        return {**super().get_fields(), "class": name}

    def get_url(self, image: Image) -> str:
        return self._address("image_file", image)

    def get_thumbnail_url(self, image: Image) -> str:
        return self._address("image_thumbnail", image)

    def _address(self, view: str, image: Image) -> str:
        return reverse(view, args=[self.context["slug"], image.pk])


class UploadSerializer(serializers.Serializer[Image]):
    """An upload's form."""

    files = serializers.ListField(
        child=serializers.FileField(), help_text="1 to 1,000 images, or one .zip, .tar or .tar.gz."
    )
    classes = serializers.CharField(
        required=False,
        help_text="JSON list beside `files`, JSON object from name to class, or the word folders.",
    )
    split = serializers.ChoiceField(Image.Split.choices, required=False)
    metadata = serializers.CharField(
        required=False, help_text="JSON object for all files, or a list of one a file."
    )


class TakenSerializer(serializers.Serializer[Image]):
    """An image of the project, under the name of the file that showed it."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class RefusedSerializer(serializers.Serializer[Any]):
    """A file that was not taken in."""

    name = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.CharField()


class QuarantinedSerializer(TakenSerializer):
    """An accepted image that a quality filter set apart, and why."""

    reasons = serializers.ListField(child=serializers.ChoiceField(sorted(REASON_WORDS)))


class IngestReportSerializer(serializers.Serializer[IngestReport]):
    """What became of each file: it is in one of the first three lists."""

    accepted = TakenSerializer(many=True)
    duplicates = TakenSerializer(many=True)
    refused = RefusedSerializer(many=True)
    quarantined = QuarantinedSerializer(many=True, help_text="Those of the accepted.")


def report_as_json(report: IngestReport) -> dict[str, Any]:
    """An ingest's report in the contract's shape."""
    return {
        "accepted": [{"id": image.pk, "name": image.name} for image in report.accepted],
        "duplicates": [{"id": twin.image.pk, "name": twin.name} for twin in report.duplicates],
        "refused": [
            {"name": refused.name, "reason": refused.reason, "detail": refused.detail}
            for refused in report.refused
        ],
        "quarantined": [
            {"id": apart.image.pk, "name": apart.image.name, "reasons": apart.reasons}
            for apart in report.quarantined
        ],
    }


class ImageListView(GenericAPIView[Image]):
    queryset = Image.objects.none()
    serializer_class = ImageSerializer
    parser_classes = [MultiPartParser, FormParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        request.upload_handlers = [SpoolUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, TooManyFilesSent):
            exc = ParseError("More than 1,000 files were sent; send them in several requests.")
        elif isinstance(exc, TooManyFieldsSent | RequestDataTooBig):
            exc = ParseError("The fields beside the files are too many or too long.")
        return super().handle_exception(exc)

    @extend_schema(
        operation_id="images_list",
        parameters=[OpenApiParameter(name, str) for name in FILTERS],
        responses=ImageSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The project's images, newest first."""
        project = project_get_for(request.user, slug)
        if unknown := set(request.query_params) - {*FILTERS, *PAGING}:
            name = min(unknown)
            raise ValidationError({name: f"Images are filtered by {', '.join(FILTERS)} only."})
        filters = image_filters_read(project, request.query_params)
        page = self.paginate_queryset(image_list(project, filters))
        images = ImageSerializer(page, many=True, context={"slug": slug})
        return self.get_paginated_response(images.data)

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={201: IngestReportSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take images in. Managers only. One bad file never loses a good one."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        upload = upload_read(
            request.FILES.getlist("files"),
            request.POST,
            [known.name for known in annotation_class_list(project)],
        )
        report = images_ingest(
            project=project,
            sources=upload.sources(),
            split=upload.split,
            uploaded_by=person_of(request),
        )
        return Response(report_as_json(report), status=status.HTTP_201_CREATED)


class ImageView(APIView):
    @extend_schema(operation_id="images_retrieve", responses=ImageSerializer)
    def get(self, request: Request, slug: str, image_id: int) -> Response:
        """One image."""
        image = image_get(project_get_for(request.user, slug), image_id)
        return Response(ImageSerializer(image, context={"slug": slug}).data)


class UrlListView(APIView):
    parser_classes = PARSERS

    @extend_schema(
        operation_id="images_fetch",
        parameters=[
            OpenApiParameter("class", str, description="For lines that name none."),
            OpenApiParameter("split", str, enum=Image.Split.values),
        ],
        request={parser.media_type: parser.schema for parser in PARSERS},
        responses={202: JobSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have images fetched by their addresses. Managers only. Answers with the job.

        A list may have 100,000 lines: addresses, or objects with `url` and perhaps `class`,
        `split` and `metadata`; whatever else they have is kept as metadata. What cannot be
        fetched is named among the refused files.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        # Of an empty body REST framework asks no parser.
        sent = cast("SentList", request.data or {"content": b"", "kind": "text"})
        lines = url_list_read(sent["content"], sent["kind"], request.query_params)
        job = url_list_create(project=project, lines=lines, created_by=person_of(request))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
