"""Gold tasks over REST, for managers."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.selectors import person_of
from apps.projects.selectors import Role, project_get_for
from apps.review.models import ReviewTask
from apps.review.people.gold import MOST_MADE, gold_task_list, gold_task_retire, gold_tasks_create


class GoldTaskSerializer(serializers.ModelSerializer[ReviewTask]):
    """A gold task, its answer, and how it is answered."""

    image = serializers.IntegerField(source="image_id", read_only=True)
    verdict = serializers.CharField(source="gold_verdict", read_only=True)
    asked = serializers.IntegerField(read_only=True, help_text="People who have answered it.")
    right = serializers.IntegerField(read_only=True, help_text="Of these, rightly.")

    class Meta:
        model = ReviewTask
        fields = ["id", "kind", "image", "verdict", "asked", "right", "created_at"]

    def get_fields(self) -> dict[str, Any]:
        named = serializers.CharField(source="gold_class.name", default=None, allow_null=True)
        return {**super().get_fields(), "class": named}


class GoldMakeSerializer(serializers.Serializer[Any]):
    """Which images to make gold, or how many."""

    images = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        max_length=MOST_MADE,
        help_text="Decided images of train; you stand for what was judged of them.",
    )
    count = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_MADE,
        help_text="So many at random, of those that came with a class, that a reviewer decided, or"
        " that several people agreed about to a man.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("images" in attrs) == ("count" in attrs):
            raise ValidationError({"images": "Name either images or a count."})
        return attrs


class GoldMadeSerializer(serializers.Serializer[Any]):
    """The new gold tasks' ids; images that cannot be gold were passed over."""

    tasks = serializers.ListField(child=serializers.IntegerField())


class GoldListView(GenericAPIView[ReviewTask]):
    queryset = ReviewTask.objects.none()
    serializer_class = GoldTaskSerializer

    @extend_schema(operation_id="gold_list", responses=GoldTaskSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The gold tasks, newest first."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        page = self.paginate_queryset(gold_task_list(project))
        return self.get_paginated_response(GoldTaskSerializer(page, many=True).data)

    @extend_schema(request=GoldMakeSerializer, responses={201: GoldMadeSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Make gold tasks of images, or of some at random."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        wanted = GoldMakeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        made = gold_tasks_create(project=project, actor=person_of(request), **wanted.validated_data)
        return Response({"tasks": [task.pk for task in made]}, status=status.HTTP_201_CREATED)


class GoldView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, task_id: int) -> Response:
        """Ask a gold task no more. What was answered stays and counts."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        task = get_object_or_404(gold_task_list(project), pk=task_id)
        gold_task_retire(task=task, actor=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
