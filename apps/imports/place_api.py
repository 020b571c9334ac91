"""Places over REST. Managers only, for they tell where things lie."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.errors import Conflict
from apps.accounts.selectors import person_of
from apps.images.models import Image
from apps.imports.api import ImportSerializer
from apps.imports.syncing import sync_begin
from apps.places.errors import PlaceError
from apps.places.models import Place
from apps.places.selectors import place_get, place_list
from apps.places.services import (
    LONGEST_PERIOD,
    LONGEST_SECRET,
    SHORTEST_PERIOD,
    Look,
    place_change,
    place_create,
    place_remove,
    place_try,
)
from apps.projects.selectors import Role, project_get_for

FIELDS = [
    "name", "kind", "bucket", "endpoint_url", "region", "access_key_id", "folder", "prefix",
    "is_by_reference", "classes", "split", "every_minutes",
]  # fmt: skip


class PlaceSerializer(serializers.ModelSerializer[Place]):
    """A place as its managers see it; its secret access key is never told."""

    class Meta:
        model = Place
        fields = ["id", *FIELDS, "due_at", "created_at"]


class PlaceWriteSerializer(serializers.ModelSerializer[Place]):
    """What is said of a place."""

    secret_access_key = serializers.CharField(
        required=False,
        allow_blank=True,
        write_only=True,
        max_length=LONGEST_SECRET,
        help_text="Kept encrypted. Left out of a change, the present one stays.",
    )
    prefix = serializers.CharField(
        required=False, allow_blank=True, max_length=500, trim_whitespace=False
    )
    split = serializers.ChoiceField(Image.Split.choices, required=False, allow_blank=True)
    every_minutes = serializers.IntegerField(
        required=False, allow_null=True, min_value=SHORTEST_PERIOD, max_value=LONGEST_PERIOD
    )

    class Meta:
        model = Place
        fields = [*FIELDS, "secret_access_key"]


class LookSerializer(serializers.Serializer[Look]):
    """What the beginning of a place's listing has in it."""

    taken = serializers.IntegerField(help_text="Files that a sync would read.")
    passed_over = serializers.IntegerField(help_text="Their names end as no image's do.")
    has_more = serializers.BooleanField()
    examples = serializers.ListField(child=serializers.CharField())


class PlaceListView(GenericAPIView[Place]):
    serializer_class = PlaceSerializer
    queryset = Place.objects.none()

    @extend_schema(operation_id="places_list", responses=PlaceSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The buckets and folders that the project syncs."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        page = self.paginate_queryset(place_list(project))
        return self.get_paginated_response(PlaceSerializer(page, many=True).data)

    @extend_schema(request=PlaceWriteSerializer, responses={201: PlaceSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Name a bucket, or a folder of the server. It is read once it is synced."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        said = _read(request)
        made = place_create(project=project, actor=person_of(request), **said)
        return Response(PlaceSerializer(made).data, status=status.HTTP_201_CREATED)


class PlaceView(APIView):
    @extend_schema(operation_id="places_retrieve", responses=PlaceSerializer)
    def get(self, request: Request, slug: str, place_id: int) -> Response:
        """One place."""
        return Response(PlaceSerializer(_managed(request, slug, place_id)).data)

    @extend_schema(request=PlaceWriteSerializer, responses=PlaceSerializer)
    def patch(self, request: Request, slug: str, place_id: int) -> Response:
        """Change some of it. Where it lies stays while images by reference lie there."""
        place = _managed(request, slug, place_id)
        place_change(place=place, actor=person_of(request), **_read(request, partial=True))
        return Response(PlaceSerializer(place).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, place_id: int) -> Response:
        """Forget it; images that were copied from it stay."""
        place_remove(place=_managed(request, slug, place_id), actor=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PlaceSyncView(APIView):
    @extend_schema(request=None, responses={202: ImportSerializer})
    def post(self, request: Request, slug: str, place_id: int) -> Response:
        """Have a job take in what is new or changed there."""
        sync = sync_begin(place=_managed(request, slug, place_id), actor=person_of(request))
        return Response(ImportSerializer(sync).data, status=status.HTTP_202_ACCEPTED)


class PlaceTryView(APIView):
    @extend_schema(request=None, responses=LookSerializer)
    def post(self, request: Request, slug: str, place_id: int) -> Response:
        """Look at its first keys and read one; nothing is taken in. 409 says what is wrong."""
        try:
            look = place_try(place=_managed(request, slug, place_id))
        except PlaceError as error:
            raise Conflict(error.detail) from None
        return Response(LookSerializer(look).data)


def _managed(request: Request, slug: str, place_id: int) -> Place:
    return place_get(project_get_for(request.user, slug, Role.MANAGER), place_id)


def _read(request: Request, *, partial: bool = False) -> dict[str, Any]:
    said = PlaceWriteSerializer(data=request.data, partial=partial)
    said.is_valid(raise_exception=True)
    return dict(said.validated_data)
