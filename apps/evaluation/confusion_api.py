"""Evaluations of classifiers over REST: figures, confusions, and the images behind them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.evaluation.confusions import Confusions, evaluation_get
from apps.evaluation.models import EvaluationRun
from apps.evaluation.selectors import evaluation_report
from apps.evaluation.slices.accuracy import SliceAccuracy, accuracy_by_slice
from apps.images.models import Image
from apps.projects.selectors import project_get_for


class EvaluationFigureSerializer(serializers.Serializer[Any]):
    """A figure with its 95% interval, for all classes (`class` null) or for one."""

    name = serializers.CharField()
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `class` cannot be declared as an attribute.
        name = serializers.CharField(source="annotation_class.name", default=None)
        return {**super().get_fields(), "class": name}


class SliceAccuracySerializer(serializers.Serializer[SliceAccuracy]):
    """A classifier on a slice's images of the split; what is null is not told, as `note` says."""

    id = serializers.IntegerField(source="slice.pk")
    name = serializers.CharField(source="slice.name")
    right = serializers.IntegerField(source="share.count", default=None, allow_null=True)
    count = serializers.IntegerField(source="share.of", default=None, allow_null=True)
    accuracy = serializers.FloatField(source="share.value", default=None, allow_null=True)
    low = serializers.FloatField(source="share.low", default=None, allow_null=True)
    high = serializers.FloatField(source="share.high", default=None, allow_null=True)
    note = serializers.CharField(allow_blank=True)


class EvaluationSerializer(serializers.Serializer[Any]):
    """A classifier on one split."""

    id = serializers.IntegerField()
    checkpoint = serializers.IntegerField()
    split = serializers.CharField()
    image_count = serializers.IntegerField()
    classes = serializers.ListField(child=serializers.CharField())
    confusions = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Counts of images: a row a true class, in it a number a class that was seen.",
    )
    figures = EvaluationFigureSerializer(many=True)
    slices = SliceAccuracySerializer(many=True)
    images_refusal = serializers.CharField(
        allow_blank=True, help_text="Why the images behind the counts are not told."
    )


class ConfusedImageSerializer(serializers.Serializer[Any]):
    """An image and what it was taken for."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    seen = serializers.CharField(help_text="The class that the classifier saw.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `class` cannot be declared as an attribute.
        name = serializers.CharField(source="annotation_class.name", default=None)
        return {**super().get_fields(), "class": name}


class EvaluationView(APIView):
    @extend_schema(summary="Show an evaluation", responses=EvaluationSerializer)
    def get(self, request: Request, slug: str, evaluation_id: int) -> Response:
        """A classifier's figures on one split, and what it took for what."""
        run = evaluation_get(project_get_for(request.user, slug), evaluation_id)
        return Response(EvaluationSerializer(_payload(run)).data)


class EvaluationImageListView(GenericAPIView[Image]):
    serializer_class = ConfusedImageSerializer

    @extend_schema(
        operation_id="evaluation_images_list",
        summary="List images that were taken for something",
        parameters=[
            OpenApiParameter("class", str, description="Images of this class alone."),
            OpenApiParameter("seen", str, description="Those alone that were taken for this one."),
        ],
        responses=ConfusedImageSerializer(many=True),
    )
    def get(self, request: Request, slug: str, evaluation_id: int) -> Response:
        """The images behind a count: of a class, taken for one.

        Without both, all that were taken for something else. None of `test`, which is sealed.
        """
        run = evaluation_get(project_get_for(request.user, slug), evaluation_id)
        found = Confusions(run)
        try:
            asked = found.asked(request.query_params)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        page = self.paginate_queryset(found.images(asked)) or []
        told = [
            {
                "id": image.pk,
                "name": image.name,
                "sha256": image.sha256,
                "annotation_class": image.annotation_class,
                "seen": seen,
            }
            for image, seen in found.taken_for(page)
        ]
        return self.get_paginated_response(ConfusedImageSerializer(told, many=True).data)


def _payload(run: EvaluationRun) -> dict[str, Any]:
    found, report = Confusions(run), evaluation_report(run)
    return {
        "id": run.pk,
        "checkpoint": run.checkpoint_id,
        "split": run.split,
        "image_count": run.image_count,
        "classes": found.names,
        "confusions": [[cell.share.count for cell in row] for row in found.rows],
        "figures": [*report.figures.values(), *report.classes],
        "slices": accuracy_by_slice(found),
        "images_refusal": found.images_refusal,
    }
