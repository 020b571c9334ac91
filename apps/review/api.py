"""The queue over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.errors import first_sentence
from apps.accounts.selectors import person_of
from apps.projects.selectors import project_get_for
from apps.review.models import Review, ReviewTask
from apps.review.payloads import tasks_payload
from apps.review.selectors import review_settings_get
from apps.review.services import (
    Answer,
    Outcome,
    reservation_release,
    reservation_take,
    review_take_back,
    reviews_record,
)

MOST_ANSWERS = 500
MOST_TASKS = 200


class TaskImageSerializer(serializers.Serializer[Any]):
    """An image and where its bytes are."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    thumbnail_url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class EvidenceSerializer(TaskImageSerializer):
    """A real image to compare with."""

    distance = serializers.FloatField(allow_null=True, help_text="In the classifier's features.")

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.CharField(allow_null=True)}


class TaskSerializer(serializers.Serializer[Any]):
    """A task as its reviewer sees it."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(ReviewTask.Kind.choices)
    round = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(help_text="Why it is asked: a strategy's name, or random.")
    image = TaskImageSerializer()
    asked_class = serializers.CharField(
        allow_null=True, help_text="The class that a synthetic image was made for."
    )
    guess = serializers.CharField(
        allow_null=True, help_text="The model's guess, where the project shows it."
    )
    uncertainty = serializers.FloatField(allow_null=True)
    strategy = serializers.CharField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    generation_run = serializers.IntegerField(allow_null=True)
    parent = EvidenceSerializer(
        allow_null=True, help_text="The uncertain real image that a synthetic one was aimed at."
    )
    nearest = EvidenceSerializer(many=True, help_text="The nearest real images.")


class ReservationTakeSerializer(serializers.Serializer[Any]):
    """How many tasks to hold, and of which kinds."""

    size = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_TASKS,
        help_text="Held at once, those still held included; the project's own size if left out.",
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(ReviewTask.Kind.choices), required=False
    )


class ReservationSerializer(serializers.Serializer[Any]):
    """What is held until when."""

    tasks = TaskSerializer(many=True)
    expires_at = serializers.DateTimeField()


class ReleaseSerializer(serializers.Serializer[Any]):
    """Which holds to give back."""

    until = serializers.DateTimeField(required=False)


class AnswerSerializer(serializers.Serializer[Any]):
    """One answer to one task."""

    task = serializers.IntegerField()
    verdict = serializers.CharField(
        help_text="annotate: class, unclear. validate: right, wrong_class, implausible, artefact."
    )
    reasons = serializers.ListField(child=serializers.CharField(), default=list)
    seconds = serializers.FloatField(default=0.0, help_text="How long the person looked.")
    key = serializers.CharField(
        help_text="Names this answer for ever: sent again, it is stored once. Make it a UUID."
    )

    def get_fields(self) -> dict[str, Any]:
        annotation_class = serializers.CharField(
            source="annotation_class",
            default=None,
            allow_null=True,
            help_text="A class's name: needed for class, optional for wrong_class.",
        )
        return super().get_fields() | {"class": annotation_class}


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one answer."""

    key = serializers.CharField()
    status = serializers.ChoiceField([Outcome.STORED, Outcome.KNOWN, Outcome.REFUSED])
    id = serializers.UUIDField(allow_null=True)
    message = serializers.CharField(help_text="Why it was refused.")


class ReservationView(APIView):
    @extend_schema(request=ReservationTakeSerializer, responses=ReservationSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Hold the queue's next tasks. Those that you still hold come first, renewed."""
        project = project_get_for(request.user, slug)
        wanted = ReservationTakeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        size = wanted.validated_data.get("size") or review_settings_get(project).reservation_size
        tasks, expires_at = reservation_take(
            project=project,
            user=person_of(request),
            size=size,
            kinds=wanted.validated_data.get("kinds") or None,
        )
        held = {"tasks": tasks_payload(project, tasks), "expires_at": expires_at}
        return Response(ReservationSerializer(held).data)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "until", OpenApiTypes.DATETIME, description="Only holds that run out by then."
            )
        ],
        responses={204: None},
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Give your holds back, as when you stop for today."""
        project = project_get_for(request.user, slug)
        wanted = ReleaseSerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        reservation_release(project=project, user=person_of(request), **wanted.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReviewListView(APIView):
    @extend_schema(
        request=AnswerSerializer(many=True), responses={201: OutcomeSerializer(many=True)}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Answer tasks. Each answer stands for itself; what is told as stored is on disk."""
        project = project_get_for(request.user, slug)
        if not isinstance(request.data, list) or len(request.data) > MOST_ANSWERS:
            raise ValidationError(f"Send a list of at most {MOST_ANSWERS} answers.")
        checked = [_answer_read(item) for item in request.data]
        answers = [item for item in checked if isinstance(item, Answer)]
        recorded = iter(reviews_record(project=project, user=person_of(request), answers=answers))
        outcomes = [next(recorded) if isinstance(item, Answer) else item for item in checked]
        return Response(OutcomeSerializer(outcomes, many=True).data, status=status.HTTP_201_CREATED)


def _answer_read(item: Any) -> Answer | Outcome:
    """An answer, or its refusal where it is none."""
    read = AnswerSerializer(data=item)
    if read.is_valid():
        return Answer(**read.validated_data)
    key = str(item.get("key", "")) if isinstance(item, dict) else ""
    return Outcome(key, Outcome.REFUSED, message=first_sentence(read.errors))


class ReviewView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, review_id: UUID) -> Response:
        """Take your answer back: it is superseded, and you hold the task again."""
        project = project_get_for(request.user, slug)
        user = person_of(request)
        review = get_object_or_404(Review, pk=review_id, user=user, task__project=project)
        review_take_back(user=user, review=review)
        return Response(status=status.HTTP_204_NO_CONTENT)
