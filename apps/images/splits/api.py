"""Splits over REST: the policy, what it would do, and doing it."""

from __future__ import annotations

import math
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.errors import Conflict
from apps.accounts.selectors import person_of
from apps.images.models import SplitPolicy
from apps.images.splits.asking import mending_enqueue, parting_enqueue
from apps.images.splits.parted import Preview, parting_preview
from apps.images.splits.policies import FIELDS, split_policy_change, split_policy_draft
from apps.images.splits.reading import (
    COLUMNS,
    ClassSplits,
    class_splits,
    split_policy_get,
    torn_groups,
)
from apps.jobs.api import JobSerializer
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for

COUNTS = {
    "type": "object",
    "properties": {str(split): {"type": "integer"} for split in COLUMNS},
}


class SplitPolicySerializer(serializers.ModelSerializer[SplitPolicy]):
    """Shares by class, from 0 to 0.5; what is left over is trained on, a fifth at least."""

    class Meta:
        model = SplitPolicy
        fields = FIELDS

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """No share is NaN, which no bound refuses."""
        for name, value in values.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise serializers.ValidationError({name: "This is no number; write 0 to 0.5."})
        return values


class ClassSplitsSerializer(serializers.Serializer[ClassSplits]):
    """A class's annotated real images by split."""

    annotation_class = serializers.CharField(source="name")
    counts = serializers.SerializerMethodField()

    @extend_schema_field(COUNTS)
    def get_counts(self, standing: ClassSplits) -> dict[str, int]:
        return standing.counts


class SplitsSerializer(serializers.Serializer[Any]):
    """How a project's annotated real images lie in the splits."""

    policy = SplitPolicySerializer(allow_null=True, help_text="Null: all are trained on.")
    classes = ClassSplitsSerializer(many=True)
    torn_groups = serializers.IntegerField(
        help_text="Groups of near-duplicates that lie in more than one split."
    )


class PartingSerializer(serializers.Serializer[Preview]):
    """What parting does."""

    moved = serializers.IntegerField(help_text="Images that leave train.")
    before = ClassSplitsSerializer(many=True)
    after = ClassSplitsSerializer(many=True)
    stuck = serializers.DictField(
        child=serializers.IntegerField(), help_text="Images that stay in train, by why."
    )


def _splits(project: Project) -> dict[str, Any]:
    shown = {
        "policy": split_policy_get(project),
        "classes": class_splits(project),
        "torn_groups": torn_groups(project).count(),
    }
    return SplitsSerializer(shown).data


def _values(request: Request, data: Any) -> dict[str, Any]:
    values = SplitPolicySerializer(data=data, partial=True)
    values.is_valid(raise_exception=True)
    return dict(values.validated_data)


class SplitsView(APIView):
    @extend_schema(summary="Read the splits", responses=SplitsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The policy, and the annotated real images by class and split."""
        return Response(_splits(project_get_for(request.user, slug)))

    @extend_schema(
        summary="Change the split policy",
        request=SplitPolicySerializer,
        responses=SplitsSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Send what is to change; a project without a policy gets one. For managers.

        It moves no image: it holds for what comes in from now on.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        split_policy_change(
            project=project, values=_values(request, request.data), actor=person_of(request)
        )
        return Response(_splits(project))


class SplitsPreviewView(APIView):
    @extend_schema(
        summary="Show what parting would do",
        parameters=[SplitPolicySerializer],
        responses=PartingSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """By the project's policy, with the values given in the address. Nothing is moved."""
        project = project_get_for(request.user, slug)
        values = _values(request, request.query_params.dict())
        policy = split_policy_draft(project=project, values=values)
        return Response(PartingSerializer(parting_preview(project=project, policy=policy)).data)


class SplitsAssignView(APIView):
    @extend_schema(summary="Part the images", request=None, responses={202: JobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Moves out of train what the policy wants elsewhere. For managers. Answers with the job.

        409 without a policy. Images that a model was trained on, or that people were asked about,
        never move.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        policy = split_policy_get(project)
        if policy is None:
            raise Conflict("The project has no split policy; give it one by PATCH splits/ first.")
        job = parting_enqueue(policy=policy, by=person_of(request))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class SplitsMendView(APIView):
    @extend_schema(summary="Mend torn groups", request=None, responses={202: JobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Brings near-duplicates that lie in several splits into one. For managers.

        Answers with the job. What was learned from and nearly equals an image of select or test is
        set apart.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        job = mending_enqueue(project=project, by=person_of(request))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
