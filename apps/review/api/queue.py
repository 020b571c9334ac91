"""The queue over REST."""

from __future__ import annotations

from dataclasses import asdict
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
from apps.projects.models import Project
from apps.projects.selectors import project_enter, project_get_for
from apps.review.models import Review, ReviewTask
from apps.review.queue.payloads import tasks_payload
from apps.review.queue.policy import Wish
from apps.review.queue.reservations import reservations_renew, tasks_hold
from apps.review.services import (
    Answer,
    Outcome,
    reservation_release,
    review_take_back,
    reviews_record,
)

MOST_ANSWERS = 500
MOST_TASKS = 200


class TaskImageSerializer(serializers.Serializer[Any]):
    """An image and where its bytes are."""

    id = serializers.IntegerField(allow_null=True, help_text="Null where the look is blind.")
    url = serializers.CharField()
    thumbnail_url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class EvidenceSerializer(TaskImageSerializer):
    """A real image to compare with."""

    distance = serializers.FloatField(allow_null=True, help_text="In the classifier's features.")

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.CharField(allow_null=True)}


class GivenAnswerSerializer(serializers.Serializer[Any]):
    """Somebody's answer to a task that is disputed."""

    person = serializers.CharField()
    verdict = serializers.ChoiceField(Review.Verdict.choices)
    reasons = serializers.ListField(child=serializers.CharField())
    seconds = serializers.FloatField()
    comments = serializers.ListField(child=serializers.CharField())

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
    strategy_name = serializers.CharField(allow_null=True, help_text="As people call it.")
    score = serializers.FloatField(
        allow_null=True, help_text="How unsure the model is; null where a batch was chosen."
    )
    place = serializers.IntegerField(
        allow_null=True,
        help_text="Of a strategy that chooses a batch as a whole: as which it chose the image,"
        " from 1; null otherwise.",
    )
    why = serializers.CharField(
        help_text="Why this strategy asks and not the loop's own; empty where it is that."
    )
    generation_run = serializers.IntegerField(allow_null=True)
    parent = EvidenceSerializer(
        allow_null=True, help_text="The uncertain real image that a synthetic one was aimed at."
    )
    nearest = EvidenceSerializer(many=True, help_text="The nearest real images.")
    exposure_ms = serializers.IntegerField(
        allow_null=True, help_text="Real or fake: how long the image may be seen; null: for ever."
    )
    bookmarked = serializers.BooleanField(help_text="By you.")
    answers = GivenAnswerSerializer(many=True, help_text="Of an adjudication: what people said.")
    about_kind = serializers.ChoiceField(
        ReviewTask.Kind.choices, allow_null=True, help_text="Of an adjudication: the question."
    )


class ReservationTakeSerializer(serializers.Serializer[Any]):
    """How many tasks to hold, and which."""

    size = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_TASKS,
        help_text="Held at once, those still held included; the project's own size if left out.",
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(ReviewTask.Kind.choices),
        required=False,
        help_text="Only these; your own filter applies if left out.",
    )
    sheet = serializers.BooleanField(
        default=False, help_text="Synthetic images of one class that is asked for, for a sheet."
    )

    def get_fields(self) -> dict[str, Any]:
        annotation_class = serializers.CharField(
            required=False, help_text="Of a sheet; if left out, the class with most waiting."
        )
        return super().get_fields() | {"class": annotation_class}


class ReservationSerializer(serializers.Serializer[Any]):
    """What is held until when."""

    tasks = TaskSerializer(many=True)
    expires_at = serializers.DateTimeField()
    notice = serializers.CharField(help_text="What you should be told; mostly empty.")


class RenewalAskSerializer(serializers.Serializer[Any]):
    """Tasks that are still wanted."""

    tasks = serializers.ListField(child=serializers.IntegerField(), max_length=MOST_TASKS)


class RenewalSerializer(serializers.Serializer[Any]):
    """What became of the holds."""

    held = serializers.ListField(child=serializers.IntegerField())
    lost = serializers.ListField(
        child=serializers.IntegerField(), help_text="Done, withdrawn, or with somebody else."
    )
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
        project, role = project_enter(request.user, slug)
        wish = _wish(project, request.data)
        held = tasks_hold(project=project, user=person_of(request), wish=wish, role=role)
        # Plain values: to serialise hundreds of images field by field takes longer than all else.
        return Response(
            {
                "tasks": tasks_payload(project, held),
                "expires_at": held.expires_at,
                "notice": held.policy.notice,
            }
        )

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


def _wish(project: Project, data: Any) -> Wish:
    read = ReservationTakeSerializer(data=data)
    read.is_valid(raise_exception=True)
    asked = read.validated_data
    class_id = None
    if name := asked.get("class"):
        class_id = project.annotation_classes.filter(name=name).values_list("pk", flat=True).first()
        if class_id is None:
            raise ValidationError({"class": f"This project has no class {name!r}."})
    return Wish(asked.get("size"), asked.get("kinds") or None, asked["sheet"], class_id)


class RenewalView(APIView):
    @extend_schema(request=RenewalAskSerializer, responses=RenewalSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Renew your holds, and take those again that ran out and that nobody else took."""
        project = project_get_for(request.user, slug)
        wanted = RenewalAskSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked: list[int] = wanted.validated_data["tasks"]
        held, expires_at = reservations_renew(
            project=project, user=person_of(request), task_ids=asked
        )
        return Response(
            {
                "held": [task_id for task_id in asked if task_id in held],
                "lost": [task_id for task_id in asked if task_id not in held],
                "expires_at": expires_at,
            }
        )


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
        told = [asdict(outcome) for outcome in outcomes]
        return Response(told, status=status.HTTP_201_CREATED)


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
