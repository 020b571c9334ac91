"""Quality filters over REST."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as InvalidPolicy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.selectors import person_of
from apps.images.id_fields import ImageIdsField
from apps.images.models import QualityPolicy
from apps.images.quality.applying import quality_apply_enqueue
from apps.images.quality.filters import FILTERS
from apps.images.quality.policies import (
    FIELDS,
    policy_check,
    quality_policy_change,
    quality_policy_get,
)
from apps.images.quality.preview import quality_preview
from apps.images.quality.restoring import Restored, images_restore
from apps.jobs.api import JobSerializer
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for

MOST_IDS = 10_000


class QualityPolicySerializer(serializers.ModelSerializer[QualityPolicy]):
    """A project's filters for real images; a threshold that is null filters nothing."""

    class Meta:
        model = QualityPolicy
        fields = FIELDS


class FilterPreviewSerializer(serializers.Serializer[Any]):
    """What one threshold stops."""

    filter = serializers.ChoiceField([each.name for each in FILTERS])
    reason = serializers.ChoiceField([each.reason for each in FILTERS])
    threshold = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField(help_text="Of the images that were looked at.")
    images = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids of some, the least clear cases first."
    )
    suggestion = serializers.FloatField(help_text="One image in a hundred does not pass it.")


class QualityPreviewSerializer(serializers.Serializer[Any]):
    """What thresholds would set apart."""

    total = serializers.IntegerField(help_text="Real images that were measured.")
    looked_at = serializers.IntegerField(help_text="All of them, or so many drawn by chance.")
    unmeasured = serializers.IntegerField(help_text="Applying the policy measures them.")
    stopped = serializers.IntegerField(help_text="Of those looked at, by any threshold.")
    filters = FilterPreviewSerializer(many=True)


class RestoreSerializer(serializers.Serializer[Any]):
    """Which images to take back."""

    images = ImageIdsField(min_length=1, max_length=MOST_IDS)


class RestoredSerializer(serializers.Serializer[Restored]):
    """Which images came back, by their ids."""

    restored = serializers.ListField(child=serializers.IntegerField())
    kept = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Set apart still: without a class, they would be learned from beside an image"
        " that measures and that they nearly equal.",
    )


class QualityPolicyView(APIView):
    @extend_schema(operation_id="quality_retrieve", responses=QualityPolicySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The project's quality filters."""
        project = project_get_for(request.user, slug)
        return Response(QualityPolicySerializer(quality_policy_get(project)).data)

    @extend_schema(
        operation_id="quality_change",
        request=QualityPolicySerializer,
        responses=QualityPolicySerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Send what is to change. For managers. It holds for images that come in from now on."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        policy, _ = quality_policy_change(
            project=project, by=person_of(request), **_changes(project, request)
        )
        return Response(QualityPolicySerializer(policy).data)


class QualityPreviewView(APIView):
    @extend_schema(
        operation_id="quality_preview",
        request=QualityPolicySerializer,
        responses=QualityPreviewSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """What thresholds would set apart of the images that are there; nothing is changed."""
        project = project_get_for(request.user, slug)
        policy = quality_policy_get(project)
        for name, value in _changes(project, request).items():
            setattr(policy, name, value)
        try:
            policy_check(policy)
        except InvalidPolicy as error:
            raise ValidationError(error.message_dict) from None
        preview = quality_preview(project, policy)
        filters = [
            {
                "filter": found.filter.name,
                "reason": found.filter.reason,
                "threshold": found.threshold,
                "count": found.count,
                "images": found.image_ids,
                "suggestion": found.suggestion,
            }
            for measure in preview.measures
            for found in measure.filters
        ]
        return Response(
            {
                "total": preview.total,
                "looked_at": preview.looked_at,
                "unmeasured": preview.unmeasured,
                "stopped": preview.stopped,
                "filters": filters,
            }
        )


class QualityApplyView(APIView):
    @extend_schema(operation_id="quality_apply", request=None, responses={202: JobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Lay the policy over the images that are there. For managers. Answers with the job.

        Images that people answered about, or restored, stay as they are.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        job = quality_apply_enqueue(project=project, by=person_of(request))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class RestoreView(APIView):
    @extend_schema(
        operation_id="images_restore", request=RestoreSerializer, responses=RestoredSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take back images that were set apart. For managers.

        Filters leave them in peace from then on. Ids of other images are passed by.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        sent = RestoreSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        report = images_restore(
            project=project, image_ids=set(sent.validated_data["images"]), by=person_of(request)
        )
        return Response(RestoredSerializer(report).data)


def _changes(project: Project, request: Request) -> dict[str, Any]:
    """The thresholds that were sent. Raises ValidationError for what is none."""
    values = QualityPolicySerializer(quality_policy_get(project), data=request.data, partial=True)
    values.is_valid(raise_exception=True)
    if unknown := sorted(set(request.data) - set(FIELDS)):
        sentence = f"There is no such setting; there are {', '.join(FIELDS)}."
        raise ValidationError(dict.fromkeys(unknown, sentence))
    return dict(values.validated_data)
