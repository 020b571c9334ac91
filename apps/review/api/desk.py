"""A reviewer's desk over REST: skips, remarks, last decisions, own filter and own keys."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.selectors import person_of
from apps.projects.models import Project
from apps.projects.selectors import project_get_for
from apps.review.api.queue import TaskImageSerializer
from apps.review.models import Remark, ReviewTask, Skip
from apps.review.people.desk import (
    history_of,
    own_filter_get,
    own_filter_set,
    remark_add,
    remark_list,
    remark_remove,
)
from apps.review.people.own_keys import own_keys_get, own_keys_set
from apps.review.queue.payloads import task_images_payload
from apps.review.queue.skips import skip_take_back, skips_record

MOST_SKIPS = 200
MOST_REMARKS = 200


class SkipSerializer(serializers.Serializer[Any]):
    """A task that is not answered, and why."""

    task = serializers.IntegerField()
    reason = serializers.ChoiceField(Skip.Reason.choices)


class SkippedSerializer(serializers.Serializer[Any]):
    """Which tasks are skipped now."""

    skipped = serializers.ListField(child=serializers.IntegerField())


class PastDecisionSerializer(serializers.Serializer[Any]):
    """One of your last decisions."""

    id = serializers.UUIDField(allow_null=True, help_text="Of the answer; null where skipped.")
    task = serializers.IntegerField(source="task.pk")
    kind = serializers.CharField(source="task.kind")
    verdict = serializers.CharField(help_text="A verdict, or skip.")
    reasons = serializers.ListField(child=serializers.CharField())
    image = TaskImageSerializer()
    at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        named = serializers.CharField(source="annotation_class", allow_null=True)
        return super().get_fields() | {"class": named}


class RemarkAddSerializer(serializers.Serializer[Any]):
    """Something to say about a task."""

    task = serializers.IntegerField()
    kind = serializers.ChoiceField(Remark.Kind.choices)
    text = serializers.CharField(
        default="", allow_blank=True, max_length=1000, help_text="Needed for a comment."
    )


class RemarkSerializer(serializers.Serializer[Any]):
    """A remark as it is told."""

    id = serializers.IntegerField()
    task = serializers.IntegerField(source="task_id")
    kind = serializers.ChoiceField(Remark.Kind.choices)
    text = serializers.CharField()
    person = serializers.CharField(source="user.username")
    at = serializers.DateTimeField(source="created_at")
    image = TaskImageSerializer()


class OwnFilterSerializer(serializers.Serializer[Any]):
    """What you want to be asked; an empty list lets all through."""

    kinds = serializers.ListField(child=serializers.ChoiceField(ReviewTask.Kind.choices))
    classes = serializers.ListField(child=serializers.CharField(), max_length=1000)


class OwnKeysSerializer(serializers.Serializer[Any]):
    """The keys that you have changed."""

    keys = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Action id to at most three keys, such as a, Space or Ctrl+z.",
    )


class SkipListView(APIView):
    @extend_schema(request=SkipSerializer(many=True), responses=SkippedSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Skip tasks: your holds are given back, and you are not asked again; others are."""
        project = project_get_for(request.user, slug)
        if not isinstance(request.data, list) or len(request.data) > MOST_SKIPS:
            raise ValidationError(f"Send a list of at most {MOST_SKIPS} skips.")
        wanted = SkipSerializer(data=request.data, many=True)
        wanted.is_valid(raise_exception=True)
        skips = {skip["task"]: skip["reason"] for skip in wanted.validated_data}
        skipped = skips_record(project=project, user=person_of(request), skips=skips)
        return Response({"skipped": skipped})


class SkipView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, task_id: int) -> Response:
        """Let yourself be asked again; where the task still waits, you hold it."""
        project = project_get_for(request.user, slug)
        skip_take_back(project=project, user=person_of(request), task_id=task_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class HistoryView(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("kind", enum=ReviewTask.Kind.values)],
        responses=PastDecisionSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Your last fifty decisions that stand, newest first. Take one back by its id."""
        project = project_get_for(request.user, slug)
        kind = request.query_params.get("kind")
        decisions = history_of(project, person_of(request), [kind] if kind else ())
        images = task_images_payload(project, [decision.task for decision in decisions])
        told = PastDecisionSerializer(
            [
                {
                    "id": decision.id,
                    "task": decision.task,
                    "verdict": decision.verdict,
                    "annotation_class": decision.annotation_class,
                    "reasons": decision.reasons,
                    "image": images[decision.task.pk],
                    "at": decision.at,
                }
                for decision in decisions
            ],
            many=True,
        )
        return Response(told.data)


class RemarkListView(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("kind", enum=Remark.Kind.values)],
        responses=RemarkSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Your newest remarks; for reviewers also the open flags and comments of all."""
        project = project_get_for(request.user, slug)
        kind = request.query_params.get("kind")
        remarks = list(remark_list(project, person_of(request), kind)[:MOST_REMARKS])
        return Response(_remarks_told(project, remarks))

    @extend_schema(request=RemarkAddSerializer, responses={201: RemarkSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Flag a task for reviewers, comment on it, or bookmark it for yourself."""
        project = project_get_for(request.user, slug)
        wanted = RemarkAddSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = dict(wanted.validated_data)
        remark = remark_add(
            project=project, user=person_of(request), task_id=given.pop("task"), **given
        )
        return Response(_remarks_told(project, [remark])[0], status=status.HTTP_201_CREATED)


class RemarkView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, remark_id: int) -> Response:
        """Take your remark away; as a reviewer, mark another's as looked at."""
        project = project_get_for(request.user, slug)
        remark_remove(project=project, user=person_of(request), remark_id=remark_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class OwnFilterView(APIView):
    @extend_schema(responses=OwnFilterSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What you want to be asked."""
        project = project_get_for(request.user, slug)
        return Response(OwnFilterSerializer(own_filter_get(project, person_of(request))).data)

    @extend_schema(request=OwnFilterSerializer, responses=OwnFilterSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Be asked only that from now on, where you ask for no kinds yourself."""
        project = project_get_for(request.user, slug)
        wanted = OwnFilterSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        kept = own_filter_set(project=project, user=person_of(request), **wanted.validated_data)
        return Response(OwnFilterSerializer(kept).data)


class OwnKeysView(APIView):
    @extend_schema(responses=OwnKeysSerializer)
    def get(self, request: Request) -> Response:
        """The keys that you have changed."""
        return Response({"keys": own_keys_get(person_of(request))})

    @extend_schema(request=OwnKeysSerializer, responses=OwnKeysSerializer)
    def put(self, request: Request) -> Response:
        """Keep these instead; what is left out has its first key again."""
        keys = request.data.get("keys") if isinstance(request.data, dict) else None
        return Response({"keys": own_keys_set(user=person_of(request), keys=keys)})


def _remarks_told(project: Project, remarks: list[Remark]) -> list[dict[str, Any]]:
    images = task_images_payload(project, [remark.task for remark in remarks])
    for remark in remarks:
        remark.image = images[remark.task_id]  # type: ignore[attr-defined]
    return [dict(told) for told in RemarkSerializer(remarks, many=True).data]
