"""Reports over REST: canonical JSON, and the curves as CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.loops.report.building import report_build
from apps.loops.report.curves import curves_csv
from apps.projects.selectors import project_get_for

TIMES = OpenApiParameter(
    "times",
    OpenApiTypes.INT,
    enum=[0, 1],
    default=1,
    description="0 leaves out what depends on the clock: then the same images, seed and answers"
    " give the same bytes.",
)


class ReportQuery(serializers.Serializer[Any]):
    """What an address asks of a report."""

    times = serializers.ChoiceField(choices=["0", "1"], default="1")


class ReportFileSerializer(serializers.Serializer[Any]):
    """A report: keys are sorted, shares lie in [0, 1], intervals are of 95%."""

    report = serializers.DictField(
        help_text="What was asked, found and decided, by round: without row ids or times."
    )
    times = serializers.DictField(
        required=False,
        help_text="Minutes of people and machines, when each round was, and the SHA-256 of"
        " `report` in canonical JSON.",
    )


class ReportView(APIView):
    @extend_schema(summary="Report on the loop", parameters=[TIMES], responses=ReportFileSerializer)
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Every round: what people were asked and why, what it cost, brought and decided."""
        return _file(request, slug, None)


class RoundReportView(APIView):
    @extend_schema(summary="Report on a round", parameters=[TIMES], responses=ReportFileSerializer)
    def get(self, request: Request, slug: str, number: int) -> HttpResponse:
        """One round, by its number."""
        return _file(request, slug, number)


class ReportCurvesView(APIView):
    @extend_schema(
        summary="List the loop's curves as CSV", responses={(200, "text/csv"): OpenApiTypes.STR}
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """A line a round: accuracies with intervals, their controls, and what chance found."""
        project = project_get_for(request.user, slug)
        content = curves_csv(report_build(project).content["rounds"])
        return _download(content, f"{project.slug}-curves.csv", "text/csv; charset=utf-8")


def _file(request: Request, slug: str, number: int | None) -> HttpResponse:
    project = project_get_for(request.user, slug)
    query = ReportQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    found = report_build(project, number)
    name = f"{project.slug}-report" if number is None else f"{project.slug}-round-{number}"
    content = found.file(times=query.validated_data["times"] == "1")
    return _download(content, f"{name}.json", "application/json")


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    disposition = str(content_disposition_header(True, name))
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-cache"}
    return HttpResponse(content, content_type=content_type, headers=headers)
