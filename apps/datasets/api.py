"""Versions over REST."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.pagination import CursorPages
from apps.accounts.selectors import person_of
from apps.datasets.differences import KINDS, Change
from apps.datasets.forms import FreezeSerializer
from apps.datasets.manifest import Entry
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors import version_difference, version_get, version_list
from apps.datasets.services import version_freeze_enqueue
from apps.jobs.api import JobSerializer
from apps.projects.selectors import Role, project_get_for

CHANGES = 100
MOST_CHANGES = 1000


class VersionSerializer(serializers.ModelSerializer[DatasetVersion]):
    """A frozen version; `sha256` is that of its manifest and its name everywhere."""

    class Meta:
        model = DatasetVersion
        fields = [
            "number", "sha256", "byte_size", "note", "selection", "image_count", "real_count",
            "synthetic_count", "reviewed_count", "counts", "facts", "created_at",
        ]  # fmt: skip


class EntrySerializer(serializers.Serializer[Entry]):
    """What a change needs of a manifest's line."""

    annotation_class = serializers.CharField()
    split = serializers.CharField()
    origin = serializers.CharField()
    basis = serializers.CharField()
    agreement = serializers.FloatField(allow_null=True)


class ChangeSerializer(serializers.Serializer[Change]):
    """An image that is not the same in both versions."""

    sha256 = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(list(KINDS)))
    before = EntrySerializer(allow_null=True)
    after = EntrySerializer(allow_null=True)


class DifferenceSerializer(serializers.Serializer[object]):
    """What changed, counted whole and listed by the page."""

    counts = serializers.DictField(child=serializers.IntegerField())
    results = ChangeSerializer(many=True, source="changes")
    next = serializers.CharField(help_text="`after` of the next page; empty on the last.")


class DifferenceQuery(serializers.Serializer[object]):
    """Which changes are asked for."""

    kind = serializers.ChoiceField(["", *KINDS], default="")
    after = serializers.RegexField("^[0-9a-f]{64}$", default="", help_text="A hash.")
    page_size = serializers.IntegerField(min_value=1, max_value=MOST_CHANGES, default=CHANGES)


class VersionPages(CursorPages):
    """Versions by number, which is their order in time."""

    ordering = "-number"


class VersionListView(GenericAPIView[DatasetVersion]):
    serializer_class = VersionSerializer
    pagination_class = VersionPages

    @extend_schema(operation_id="versions_list", responses=VersionSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The project's versions, newest first."""
        page = self.paginate_queryset(version_list(project_get_for(request.user, slug)))
        return self.get_paginated_response(VersionSerializer(page, many=True).data)

    @extend_schema(
        operation_id="versions_create", request=FreezeSerializer, responses={202: JobSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Freeze the dataset as it is now. Managers only.

        Answers with the job; its result names the version, which is an earlier one where nothing
        has changed since.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        asked = FreezeSerializer(data=request.data, context={"project": project})
        asked.is_valid(raise_exception=True)
        job = version_freeze_enqueue(
            project=project,
            selection=asked.selection,
            note=asked.validated_data["note"],
            actor=person_of(request),
        )
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class VersionView(APIView):
    @extend_schema(operation_id="versions_retrieve", responses=VersionSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One version."""
        version = version_get(project_get_for(request.user, slug), number)
        return Response(VersionSerializer(version).data)


class VersionDifferenceView(APIView):
    @extend_schema(
        operation_id="versions_difference",
        parameters=[
            OpenApiParameter("kind", OpenApiTypes.STR, enum=list(KINDS)),
            OpenApiParameter("after", OpenApiTypes.STR, description="A hash: the page before's."),
            OpenApiParameter("page_size", OpenApiTypes.INT),
        ],
        responses=DifferenceSerializer,
    )
    def get(self, request: Request, slug: str, number: int, other: int) -> Response:
        """What changed from version `number` to version `other`."""
        project = project_get_for(request.user, slug)
        before, after = version_get(project, number), version_get(project, other)
        asked = DifferenceQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        found = version_difference(
            before, after, kind=values["kind"], beyond=values["after"], size=values["page_size"]
        )
        return Response(DifferenceSerializer(found).data)
