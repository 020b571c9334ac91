"""The studio over REST: directions, pictures that are kept, real images in the latent space.

Pictures while somebody moves come over the websocket (`consumers`).
"""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.pagination import CursorPages
from apps.accounts.selectors import person_of
from apps.generation.models import Direction
from apps.generation.studio.recipes import RecipeError, id_read, recipe_read
from apps.generation.studio.selectors import (
    direction_get,
    direction_list,
    startable,
    studio_generator_get,
)
from apps.generation.studio.services import (
    LONGEST_NAME,
    METHODS,
    MOST_DIRECTIONS,
    MOST_KEPT,
    direction_delete,
    direction_name,
    directions_find,
    image_invert,
    pictures_keep,
)
from apps.jobs.api import JobSerializer
from apps.jobs.models import Job
from apps.projects.selectors import Role, project_get_for


class DirectionSerializer(serializers.ModelSerializer[Direction]):
    """A way through a generator's latent space."""

    checkpoint = serializers.IntegerField(
        source="checkpoint_id", help_text="The id of the generator's checkpoint."
    )
    named_by = serializers.CharField(source="named_by.username", default=None, allow_null=True)

    class Meta:
        model = Direction
        fields = [
            "id", "checkpoint", "space", "name", "deviation", "method", "found", "named_by",
            "created_at", "superseded_at",
        ]  # fmt: skip


class FindSerializer(serializers.Serializer[Any]):
    """A search for directions."""

    checkpoint = serializers.IntegerField(help_text="The id of the generator's checkpoint.")
    method = serializers.ChoiceField(
        list(METHODS.items()), default="pictures", help_text="What is looked at."
    )
    count = serializers.IntegerField(
        default=8, help_text=f"Directions to propose, 1 to {MOST_DIRECTIONS}."
    )
    seed = serializers.IntegerField(default=0, help_text="Of the images that are looked at.")


class NameSerializer(serializers.Serializer[Any]):
    """What people call a direction."""

    name = serializers.CharField(max_length=LONGEST_NAME)


class KeepSerializer(serializers.Serializer[Any]):
    """Pictures to keep, all of one generator."""

    recipes = serializers.ListField(
        child=serializers.JSONField(),
        min_length=1,
        max_length=MOST_KEPT,
        help_text="Where each lies in the latent space: `checkpoint`, `class` (ids), `start` and"
        " perhaps `towards` (`seed`, `image` or `inversion`), `share` from 0 to 1, `moves` (by a"
        " direction's id, how many deviations along it).",
    )


class InvertSerializer(serializers.Serializer[Any]):
    """A real image to find in a generator's latent space."""

    checkpoint = serializers.IntegerField(help_text="The id of the generator's checkpoint.")
    image = serializers.IntegerField(
        help_text="The id of a real image that is neither in select nor in test."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `class` cannot be declared as an attribute.
        name = serializers.IntegerField(help_text="The id of the class that the generator is told.")
        return {**super().get_fields(), "class": name}


class DirectionListView(GenericAPIView[Direction]):
    serializer_class = DirectionSerializer
    pagination_class = CursorPages

    @extend_schema(
        operation_id="directions_list",
        summary="List directions",
        parameters=[OpenApiParameter("checkpoint", OpenApiTypes.INT)],
        responses=DirectionSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """What people named, and what the last searches proposed."""
        project = project_get_for(request.user, slug)
        text = request.query_params.get("checkpoint", "")
        checkpoint = id_read(text)
        if text and checkpoint is None:
            raise ValidationError({"checkpoint": f"{text[:40]!r} is no checkpoint's id."})
        page = self.paginate_queryset(direction_list(project, checkpoint))
        return self.get_paginated_response(DirectionSerializer(page, many=True).data)

    @extend_schema(
        operation_id="directions_find",
        summary="Find directions",
        request=FindSerializer,
        responses={202: JobSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """A job looks for them; proposals that nobody named are superseded: no longer listed, but
        recipes may still name them. For reviewers."""
        project = project_get_for(request.user, slug, Role.REVIEWER)
        values = FindSerializer(data=request.data)
        values.is_valid(raise_exception=True)
        job = directions_find(
            project=project,
            generator=studio_generator_get(project, values.validated_data["checkpoint"]),
            method=values.validated_data["method"],
            count=values.validated_data["count"],
            seed=values.validated_data["seed"],
            actor=person_of(request),
        )
        return _accepted(job)


class DirectionView(APIView):
    @extend_schema(
        operation_id="directions_retrieve",
        summary="Show a direction",
        responses=DirectionSerializer,
    )
    def get(self, request: Request, slug: str, direction_id: int) -> Response:
        """One direction."""
        project = project_get_for(request.user, slug)
        return Response(DirectionSerializer(direction_get(project, direction_id)).data)

    @extend_schema(
        operation_id="directions_name",
        summary="Name a direction",
        request=NameSerializer,
        responses=DirectionSerializer,
    )
    def patch(self, request: Request, slug: str, direction_id: int) -> Response:
        """Call it what it does; it then stays, and every member finds it. For reviewers."""
        project = project_get_for(request.user, slug, Role.REVIEWER)
        direction = direction_get(project, direction_id)
        values = NameSerializer(data=request.data)
        values.is_valid(raise_exception=True)
        direction_name(direction=direction, actor=person_of(request), **values.validated_data)
        return Response(DirectionSerializer(direction).data)

    @extend_schema(
        operation_id="directions_delete", summary="Delete a direction", responses={204: None}
    )
    def delete(self, request: Request, slug: str, direction_id: int) -> Response:
        """It is listed no more, and its name is free; pictures along it stay. For managers."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        direction_delete(direction=direction_get(project, direction_id), actor=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class KeepView(APIView):
    @extend_schema(
        operation_id="studio_keep",
        summary="Keep pictures of the studio",
        request=KeepSerializer,
        responses={202: JobSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """A job makes them once more, stores them with their lineage, and puts each to people.
        For reviewers."""
        project = project_get_for(request.user, slug, Role.REVIEWER)
        values = KeepSerializer(data=request.data)
        values.is_valid(raise_exception=True)
        try:
            recipes = [recipe_read(recipe) for recipe in values.validated_data["recipes"]]
        except RecipeError as error:
            raise ValidationError({"recipes": str(error)}) from None
        generator = studio_generator_get(project, recipes[0].checkpoint)
        job = pictures_keep(
            project=project, generator=generator, recipes=recipes, actor=person_of(request)
        )
        return _accepted(job)


class InversionView(APIView):
    @extend_schema(
        operation_id="studio_invert",
        summary="Find a real image in the latent space",
        request=InvertSerializer,
        responses={202: JobSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """A job looks for the latent that makes it; recipes name it by that job's id. For
        reviewers."""
        project = project_get_for(request.user, slug, Role.REVIEWER)
        values = InvertSerializer(data=request.data)
        values.is_valid(raise_exception=True)
        asked = values.validated_data
        job = image_invert(
            project=project,
            generator=studio_generator_get(project, asked["checkpoint"]),
            image=get_object_or_404(startable(project), pk=asked["image"]),
            annotation_class=get_object_or_404(project.annotation_classes, pk=asked["class"]),
            actor=person_of(request),
        )
        return _accepted(job)


def _accepted(job: Job) -> Response:
    return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
