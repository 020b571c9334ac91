"""Batches of synthetic images over REST, with the tests that people's looks put them to."""

from __future__ import annotations

import math
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.pagination import CursorPages
from apps.generation.batches import BatchReport, batch_report, saved, tests_by_batch
from apps.generation.guards import GuardRow, guard_rows
from apps.generation.models import GenerationRun
from apps.generation.selectors import held_batches, tested_batches
from apps.projects.selectors import project_get_for
from apps.review.models import AcceptanceTest


class StratumSerializer(serializers.Serializer[Any]):
    """The test of one class of a batch."""

    size = serializers.IntegerField(help_text="Images made for it.")
    status = serializers.ChoiceField(AcceptanceTest.Status.choices)
    looks = serializers.IntegerField()
    defects = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        name = serializers.CharField(source="annotation_class.name")
        return {"class": name} | super().get_fields()


class BatchSerializer(serializers.Serializer[Any]):
    """A batch of synthetic images and how its test stands."""

    id = serializers.IntegerField(help_text="Of the generation run.")
    round = serializers.IntegerField(allow_null=True)
    generator = serializers.IntegerField(help_text="The id of its checkpoint.")
    size = serializers.IntegerField()
    status = serializers.ChoiceField(AcceptanceTest.Status.choices)
    looks = serializers.IntegerField(help_text="Images that the test has walked by.")
    defects = serializers.IntegerField()
    most_looks = serializers.IntegerField(allow_null=True)
    fixed_looks = serializers.IntegerField(
        help_text="Of the smallest plan of fixed size with the same two risks."
    )
    looks_saved = serializers.IntegerField(
        allow_null=True, help_text="Against that plan; null before the test is decided."
    )
    allowed_defects = serializers.FloatField()
    confidence = serializers.FloatField()
    refused_from = serializers.FloatField(
        help_text="log A: refused where the evidence, a log likelihood ratio, comes up to this."
    )
    certified_from = serializers.FloatField(
        help_text="log B: certified where it comes down to this."
    )
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    classes = StratumSerializer(many=True)


class StepSerializer(serializers.Serializer[Any]):
    """Where the walk stands after so many looks."""

    looks = serializers.IntegerField()
    defects = serializers.IntegerField()
    evidence = serializers.FloatField(
        allow_null=True,
        help_text="The log likelihood ratio; null where the looks leave only one of a good and a"
        " bad batch possible, or neither.",
    )


class GuardSerializer(serializers.Serializer[GuardRow]):
    """One measure of the generator beside its limit."""

    guard = serializers.CharField(help_text="The limit's name in the loop's settings.")
    value = serializers.FloatField()
    low = serializers.FloatField(help_text="Of the 95% interval.")
    high = serializers.FloatField()
    limit = serializers.FloatField()
    is_breached = serializers.BooleanField(help_text="Surely beyond the limit.")


class HeldBatchSerializer(serializers.Serializer[Any]):
    """A batch that is held back from people, and why."""

    id = serializers.IntegerField(source="pk", help_text="Of the generation run.")
    round = serializers.IntegerField(source="round_number", allow_null=True)
    generator = serializers.IntegerField(
        source="checkpoint_id", help_text="The id of its checkpoint."
    )
    image_count = serializers.IntegerField()
    reason = serializers.CharField(source="held_reason")
    guards = GuardSerializer(many=True)
    created_at = serializers.DateTimeField()


class RefusalsSerializer(serializers.Serializer[Any]):
    """What people refused, and why."""

    looked = serializers.IntegerField()
    refused = serializers.IntegerField()
    verdicts = serializers.DictField(child=serializers.IntegerField())
    reasons = serializers.DictField(child=serializers.IntegerField())
    classes = serializers.DictField(
        help_text="By class's name: `looked` and `refused`.",
        child=serializers.DictField(child=serializers.IntegerField()),
    )


class BatchDetailSerializer(BatchSerializer):
    """A batch with its evidence."""

    walk = StepSerializer(many=True)
    refusals = RefusalsSerializer()
    guards = GuardSerializer(many=True)


def _batch(run: GenerationRun, tests: list[AcceptanceTest]) -> dict[str, Any]:
    whole, *classes = tests
    return {
        "id": run.pk,
        "round": run.round_number,
        "generator": run.checkpoint_id,
        "looks_saved": saved(whole),
        "refused_from": whole.log_a,
        "certified_from": whole.log_b,
        "classes": classes,
        **{
            name: getattr(whole, name)
            for name in (
                "size", "status", "looks", "defects", "most_looks", "fixed_looks",
                "allowed_defects", "confidence", "created_at", "decided_at",
            )
        },
    }  # fmt: skip


def _detail(report: BatchReport) -> dict[str, Any]:
    tests = [report.whole.test, *(item.test for item in report.classes)]
    walk = [
        {
            "looks": step.looks,
            "defects": step.defects,
            "evidence": round(step.evidence, 4) if math.isfinite(step.evidence) else None,
        }
        for step in report.whole.steps
    ]
    return {
        **_batch(report.run, tests),
        "walk": walk,
        "refusals": report.counts,
        "guards": guard_rows(report.run),
    }


class BatchListView(GenericAPIView[GenerationRun]):
    serializer_class = BatchSerializer
    pagination_class = CursorPages

    @extend_schema(
        operation_id="batches_list", summary="List batches", responses=BatchSerializer(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """The batches that were put to people, newest first, each with its test."""
        project = project_get_for(request.user, slug)
        runs = self.paginate_queryset(tested_batches(project))
        tests = tests_by_batch(list(runs or []))
        found = [_batch(run, tests[run.pk]) for run in runs or []]
        return self.get_paginated_response(BatchSerializer(found, many=True).data)


class HeldBatchListView(GenericAPIView[GenerationRun]):
    serializer_class = HeldBatchSerializer
    pagination_class = CursorPages

    @extend_schema(
        operation_id="held_batches_list",
        summary="List batches that are held back",
        responses=HeldBatchSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The batches that people are not asked about, newest first, with what was measured."""
        runs = self.paginate_queryset(held_batches(project_get_for(request.user, slug)))
        return self.get_paginated_response(HeldBatchSerializer(runs, many=True).data)


class BatchView(APIView):
    @extend_schema(summary="Read a batch", responses=BatchDetailSerializer)
    def get(self, request: Request, slug: str, batch_id: int) -> Response:
        """A batch with its walk, and with what people refused."""
        report = batch_report(project_get_for(request.user, slug), batch_id)
        return Response(BatchDetailSerializer(_detail(report)).data)
