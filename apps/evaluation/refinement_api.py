"""Turns of refinement over REST."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.evaluation.comparison import Interval
from apps.evaluation.refinement import Change, TurnReport, refinement_reports
from apps.images.models import Image
from apps.projects.selectors import project_get_for
from apps.training.models import RefinementTurn
from apps.training.refinement import refinement_turn_list


class FigureSerializer(serializers.Serializer[Any]):
    """A figure with its 95% interval."""

    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class FigureChangeSerializer(serializers.Serializer[Any]):
    """One figure before a turn and after it; null where it was not measured."""

    name = serializers.CharField()
    before = FigureSerializer(allow_null=True)
    after = FigureSerializer(allow_null=True)
    verdict = serializers.CharField(
        allow_blank=True,
        help_text="better, worse, higher or lower where the intervals are apart; 'no difference"
        " can be told' where they overlap; empty until both are measured.",
    )


class RefinedGeneratorSerializer(serializers.Serializer[Any]):
    """The generator before and after, beside the same real images."""

    before = serializers.IntegerField(help_text="Id of its checkpoint.")
    after = serializers.IntegerField(
        allow_null=True, help_text="Id of its checkpoint; null until it is trained."
    )
    features = serializers.CharField(
        allow_blank=True, help_text="The network whose features the figures hold for."
    )
    split = serializers.CharField()
    image_count = serializers.IntegerField(help_text="Real images, and as many synthetic.")
    seed = serializers.IntegerField(allow_null=True)
    figures = FigureChangeSerializer(many=True)
    refusals = serializers.ListField(child=serializers.CharField())


class RefinedClassifierSerializer(serializers.Serializer[Any]):
    """The classifier of the turn's round, and the one that the next round trained."""

    before = serializers.IntegerField(help_text="Id of its checkpoint.")
    after = serializers.IntegerField(
        allow_null=True, help_text="Id of its checkpoint; null until it is trained."
    )
    split = serializers.CharField()
    image_count_before = serializers.IntegerField(allow_null=True)
    image_count_after = serializers.IntegerField(allow_null=True)
    same_images = serializers.BooleanField(
        help_text="Whether both were measured on exactly the same images."
    )
    accuracy = FigureChangeSerializer()


class RefinementTurnSerializer(serializers.Serializer[Any]):
    """A round in which the generator also learnt from synthetic images, and what it changed."""

    number = serializers.IntegerField(help_text="1 for the project's first turn.")
    round = serializers.IntegerField()
    confidence = serializers.FloatField(
        help_text="Calibrated confidence from which the classifier agreed, 0 to 1."
    )
    offered = serializers.IntegerField(help_text="Synthetic images that people had accepted.")
    agreed = serializers.IntegerField(help_text="Of these, those that the classifier agreed with.")
    fed_back = serializers.IntegerField(
        help_text="Of these, those that the generator learnt from: each class up to its real ones."
    )
    generator = RefinedGeneratorSerializer()
    classifier = RefinedClassifierSerializer()
    created_at = serializers.DateTimeField()


class RefinementListView(GenericAPIView[RefinementTurn]):
    serializer_class = RefinementTurnSerializer

    @extend_schema(
        operation_id="refinement_list",
        summary="List turns of refinement",
        responses=RefinementTurnSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The project's turns, newest first, with both models before and after each."""
        project = project_get_for(request.user, slug)
        turns = self.paginate_queryset(refinement_turn_list(project)) or []
        found = [_payload(report) for report in refinement_reports(project, turns)]
        return self.get_paginated_response(RefinementTurnSerializer(found, many=True).data)


def _payload(report: TurnReport) -> dict[str, Any]:
    turn = report.turn
    return {
        "number": turn.number,
        "round": turn.round_number,
        "confidence": turn.confidence,
        "offered": turn.offered,
        "agreed": len(turn.rows),
        "fed_back": len(turn.fed_rows),
        "generator": {
            "before": turn.generator_before_id,
            "after": report.generator_after and report.generator_after.pk,
            "features": turn.report.get("network", ""),
            "split": turn.report.get("split", Image.Split.GUIDANCE.value),
            "image_count": report.image_count,
            "seed": turn.report.get("seed"),
            "figures": [_change(change) for change in report.generator],
            "refusals": report.refusals,
        },
        "classifier": {
            "before": turn.classifier_id,
            "after": report.classifier.after and report.classifier.after.pk,
            "split": Image.Split.SELECT.value,
            "image_count_before": report.classifier.image_counts[0],
            "image_count_after": report.classifier.image_counts[1],
            "same_images": report.classifier.same_images,
            "accuracy": _change(report.classifier.change),
        },
        "created_at": turn.created_at,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "name": change.measure.name,
        "before": _interval(change.before),
        "after": _interval(change.after),
        "verdict": change.verdict,
    }


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    return asdict(interval) if interval else None
