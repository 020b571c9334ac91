"""Realism tests over REST."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.pagination import CursorPages
from apps.accounts.selectors import person_of
from apps.evaluation.realism import (
    Finding,
    batches_with_images,
    realism_findings,
    realism_start,
    share_payload,
)
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for
from apps.review.batches.realism_results import Looks, realism_test_get, realism_test_list
from apps.review.models import RealismTest


class ShareSerializer(serializers.Serializer[Any]):
    """So many of so many, with the 95% interval (Wilson)."""

    count = serializers.IntegerField()
    of = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True, help_text="Null where nothing was looked at.")
    low = serializers.FloatField()
    high = serializers.FloatField()


class LooksSerializer(serializers.Serializer[Any]):
    """What looks found."""

    fooled = ShareSerializer(help_text="Fakes taken for real, of the fakes looked at.")
    doubted = ShareSerializer(help_text="Real images taken for fake, of the real ones looked at.")
    error_rate = ShareSerializer(help_text="Looks that were wrong, of all: HYPE's error rate.")


class PersonLooksSerializer(LooksSerializer):
    """What one person's looks found."""

    person = serializers.CharField()
    is_inattentive = serializers.BooleanField(
        help_text="They called every real image fake: their looks do not count."
    )


class RealismTestSerializer(serializers.Serializer[Any]):
    """A realism test and what it found so far."""

    id = serializers.IntegerField()
    batch = serializers.IntegerField(help_text="The id of the generation run.")
    generator = serializers.IntegerField(
        allow_null=True, help_text="The id of its checkpoint; null where it was deleted."
    )
    images = serializers.IntegerField(help_text="Half of them real.")
    looks_per_image = serializers.IntegerField()
    exposure_ms = serializers.IntegerField(allow_null=True, help_text="Null: without a limit.")
    seed = serializers.IntegerField()
    needed = serializers.IntegerField(help_text="Looks that were asked for.")
    given = serializers.IntegerField()
    is_done = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    result = LooksSerializer()
    left_out = serializers.IntegerField(
        help_text="Looks at images that the person had judged before."
    )
    people = PersonLooksSerializer(many=True)


class RealismStartSerializer(serializers.Serializer[Any]):
    """What a test is to show, and how."""

    batch = serializers.IntegerField()
    count = serializers.IntegerField(default=24, help_text="Synthetic images, and as many real.")
    looks_per_image = serializers.IntegerField(default=1)
    exposure_ms = serializers.IntegerField(default=None, allow_null=True)
    seed = serializers.IntegerField(default=None, allow_null=True, min_value=0, max_value=2**63 - 1)


def _looks(looks: Looks) -> dict[str, Any]:
    return {
        "fooled": share_payload(looks.fooled),
        "doubted": share_payload(looks.doubted),
        "error_rate": share_payload(looks.errors),
    }


def _payload(finding: Finding) -> dict[str, Any]:
    test: Any = finding.test
    people = [
        {"person": name, "is_inattentive": looks.is_inattentive, **_looks(looks)}
        for name, looks in finding.result.people.items()
    ]
    return {
        "generator": finding.run.checkpoint_id if finding.run else None,
        "is_done": test.open == 0,
        "result": _looks(finding.result.looks),
        "left_out": finding.result.left_out,
        "people": people,
        **{
            name: getattr(test, name)
            for name in (
                "id", "batch", "images", "looks_per_image", "exposure_ms", "seed", "needed",
                "given", "created_at",
            )
        },
    }  # fmt: skip


def _one(project: Project, test_id: int) -> dict[str, Any]:
    [finding] = realism_findings(project, [realism_test_get(project, test_id)])
    return _payload(finding)


class RealismListView(GenericAPIView[RealismTest]):
    serializer_class = RealismTestSerializer
    pagination_class = CursorPages

    @extend_schema(
        operation_id="realism_tests_list",
        summary="List realism tests",
        responses=RealismTestSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The realism tests, newest first, with what they found so far; for managers."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        page = self.paginate_queryset(realism_test_list(project)) or []
        found = [_payload(finding) for finding in realism_findings(project, page)]
        return self.get_paginated_response(RealismTestSerializer(found, many=True).data)

    @extend_schema(
        summary="Start a realism test",
        request=RealismStartSerializer,
        responses={201: RealismTestSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Ask people which of a batch's images, mixed with as many real ones, are real."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        wanted = RealismStartSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = dict(wanted.validated_data)
        run = get_object_or_404(batches_with_images(project), pk=asked.pop("batch"))
        test = realism_start(generation_run=run, by=person_of(request), **asked)
        told = RealismTestSerializer(_one(project, test.pk)).data
        return Response(told, status=status.HTTP_201_CREATED)


class RealismView(APIView):
    @extend_schema(summary="Read a realism test", responses=RealismTestSerializer)
    def get(self, request: Request, slug: str, test_id: int) -> Response:
        """One realism test, for managers."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        return Response(RealismTestSerializer(_one(project, test_id)).data)
