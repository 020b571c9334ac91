"""Slices over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.pagination import CursorPages
from apps.accounts.selectors import person_of
from apps.evaluation.confusions import evaluation_get
from apps.evaluation.slices.errors import slice_of_errors
from apps.evaluation.slices.standing import (
    NEEDED,
    Measuring,
    slice_standings,
)
from apps.images.id_fields import ImageIdsField
from apps.images.models import Slice
from apps.images.slices.selectors import slice_get, slice_list
from apps.images.slices.services import (
    MOST_AT_ONCE,
    slice_change,
    slice_create,
    slice_images_change,
    slice_remove,
)
from apps.projects.selectors import Role, project_get_for


class MeasuringSerializer(serializers.Serializer[Measuring]):
    """A slice's annotated real images in a split that measures."""

    split = serializers.CharField()
    count = serializers.IntegerField()
    half_width = serializers.FloatField(
        help_text="How far the 95% interval of its accuracy reaches either way, 0 to 0.5, at most."
    )
    is_enough = serializers.BooleanField(
        help_text=f"Whether its accuracy is known to ten points: {NEEDED} images are."
    )


class SliceSerializer(serializers.Serializer[Any]):
    """A named part of a project's images, and how many it has."""

    id = serializers.IntegerField(source="slice.pk")
    name = serializers.CharField(source="slice.name")
    description = serializers.CharField(source="slice.description")
    rule = serializers.DictField(
        source="slice.rule",
        allow_null=True,
        help_text="What the images' metadata contain. Null: chosen by hand.",
    )
    is_of_errors = serializers.BooleanField(
        source="slice.is_of_errors",
        help_text="Its first images were kept because a classifier was wrong about them: where"
        " they are measured, other classifiers do better partly by chance.",
    )
    is_aimed_at = serializers.BooleanField(
        source="slice.is_aimed_at",
        help_text="Whether batches are aimed at it, at the loop's `slice_quota`.",
    )
    created_at = serializers.DateTimeField(source="slice.created_at")
    image_count = serializers.IntegerField(
        source="counts.images", help_text="Of whatever origin, status and split."
    )
    aim_count = serializers.IntegerField(
        source="counts.can_be_aimed_at",
        help_text="In the pool and guidance, not set apart: those that batches can be aimed at.",
    )
    guidance_count = serializers.IntegerField(
        source="guidance", help_text="Annotated real images in guidance."
    )
    measuring = MeasuringSerializer(many=True)


class SliceWriteSerializer(serializers.Serializer[Any]):
    """What is said of a slice."""

    name = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    rule = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text='What the images\' metadata contain, such as {"camera": "3"}. Left out or null:'
        " its images are chosen by hand.",
    )
    is_aimed_at = serializers.BooleanField(
        required=False, help_text="Have batches aimed at it, at the loop's `slice_quota`."
    )


class SliceImagesSerializer(serializers.Serializer[Any]):
    """Images that come into a slice, and images that leave it."""

    add = ImageIdsField(required=False, max_length=MOST_AT_ONCE)
    remove = ImageIdsField(required=False, max_length=MOST_AT_ONCE)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Something is asked for."""
        if not values:
            raise serializers.ValidationError("Send ids of images to add, or to remove.")
        return values


class SliceChangeSerializer(serializers.Serializer[Any]):
    """How many images came, and how many left."""

    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class ErrorSliceSerializer(serializers.Serializer[Any]):
    """Which images of an evaluation are kept: of a class, taken for one."""

    name = serializers.CharField(
        max_length=80, required=False, help_text="Left out, such as `coat taken for dress`."
    )
    seen = serializers.CharField(required=False, help_text="The class that the classifier saw.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `class` cannot be declared as an attribute.
        true = serializers.CharField(required=False, help_text="The class that the images have.")
        return {**super().get_fields(), "class": true}


class SliceListView(GenericAPIView[Slice]):
    serializer_class = SliceSerializer
    pagination_class = CursorPages

    @extend_schema(
        operation_id="slices_list", summary="List slices", responses=SliceSerializer(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Named parts of the project's images, with how many real ones measure them."""
        project = project_get_for(request.user, slug)
        page = self.paginate_queryset(slice_list(project)) or []
        standings = slice_standings(page)
        return self.get_paginated_response(SliceSerializer(standings, many=True).data)

    @extend_schema(
        operation_id="slices_create",
        summary="Make a slice",
        request=SliceWriteSerializer,
        responses={201: SliceSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """By a rule on metadata, which later images join, or by hand. For managers."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        made = slice_create(project=project, actor=person_of(request), **_read(request))
        return Response(_told(made), status=status.HTTP_201_CREATED)


class SliceView(APIView):
    @extend_schema(
        operation_id="slices_retrieve", summary="Show a slice", responses=SliceSerializer
    )
    def get(self, request: Request, slug: str, slice_id: int) -> Response:
        """One slice. Its images are listed by `images/?slice=` and its name."""
        return Response(_told(slice_get(project_get_for(request.user, slug), slice_id)))

    @extend_schema(
        operation_id="slices_change",
        summary="Change a slice",
        request=SliceWriteSerializer,
        responses=SliceSerializer,
    )
    def patch(self, request: Request, slug: str, slice_id: int) -> Response:
        """Send what is to change. For managers. By hand or by metadata, it stays what it is."""
        slice_ = _managed(request, slug, slice_id)
        slice_change(slice_=slice_, actor=person_of(request), **_read(request, partial=True))
        return Response(_told(slice_))

    @extend_schema(operation_id="slices_delete", summary="Delete a slice", responses={204: None})
    def delete(self, request: Request, slug: str, slice_id: int) -> Response:
        """Forget it; its images stay. For managers."""
        slice_remove(slice_=_managed(request, slug, slice_id), actor=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class SliceImagesView(APIView):
    @extend_schema(
        operation_id="slices_images",
        summary="Choose a slice's images",
        request=SliceImagesSerializer,
        responses=SliceChangeSerializer,
    )
    def post(self, request: Request, slug: str, slice_id: int) -> Response:
        """Put images into a slice that is made by hand, and take others out. For managers.

        An id to add that is no image of the project refuses the whole call; 409 where the slice
        is made by metadata.
        """
        slice_ = _managed(request, slug, slice_id)
        sent = SliceImagesSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        change = slice_images_change(slice_=slice_, actor=person_of(request), **sent.validated_data)
        return Response(SliceChangeSerializer(change).data)


class ErrorSliceView(APIView):
    @extend_schema(
        operation_id="evaluation_slices_create",
        summary="Keep errors as a slice",
        request=ErrorSliceSerializer,
        responses={201: SliceSerializer},
    )
    def post(self, request: Request, slug: str, evaluation_id: int) -> Response:
        """Images of a class that were taken for one become a slice by hand. For managers.

        Without both classes, all that were taken for something else. 409 for `test`, which is
        sealed.
        """
        run = evaluation_get(project_get_for(request.user, slug, Role.MANAGER), evaluation_id)
        sent = ErrorSliceSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        values = dict(sent.validated_data)
        name = values.pop("name", "")
        made = slice_of_errors(run=run, parameters=values, name=name, actor=person_of(request))
        return Response(_told(made), status=status.HTTP_201_CREATED)


def _managed(request: Request, slug: str, slice_id: int) -> Slice:
    return slice_get(project_get_for(request.user, slug, Role.MANAGER), slice_id)


def _read(request: Request, *, partial: bool = False) -> dict[str, Any]:
    said = SliceWriteSerializer(data=request.data, partial=partial)
    said.is_valid(raise_exception=True)
    return dict(said.validated_data)


def _told(slice_: Slice) -> dict[str, Any]:
    (standing,) = slice_standings([slice_])
    return dict(SliceSerializer(standing).data)
