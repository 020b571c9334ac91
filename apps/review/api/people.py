"""How people review over REST, for managers."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.accounts.selectors import person_of
from apps.projects.selectors import Role, project_get_for
from apps.review.people.agreement import KINDS, alpha_of
from apps.review.people.figures import PERIODS, period_start, person_list, reviewer_resume


class PeriodSerializer(serializers.Serializer[Any]):
    """Which answers count."""

    days = serializers.ChoiceField(
        list(PERIODS), default="30", help_text="Answers of the last so many days."
    )


class CountedShareSerializer(serializers.Serializer[Any]):
    """So many of so many, and the 95% interval of the share (Wilson)."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField()
    count = serializers.IntegerField()
    of = serializers.IntegerField()


class SpeedSerializer(serializers.Serializer[Any]):
    """Seconds of looking at an image."""

    median = serializers.FloatField()
    p90 = serializers.FloatField()
    answers = serializers.IntegerField()


class PersonSerializer(serializers.Serializer[Any]):
    """How one person reviews."""

    username = serializers.CharField()
    role = serializers.CharField(help_text="Empty for who is no member any more.")
    answers = serializers.DictField(child=serializers.IntegerField(), help_text="By kind of task.")
    by_chance = serializers.IntegerField(help_text="Of these, to tasks drawn at random.")
    last_at = serializers.DateTimeField(allow_null=True)
    speed = SpeedSerializer(allow_null=True)
    answers_per_hour = serializers.FloatField(
        source="pace.per_hour", default=None, allow_null=True, help_text="At work, pauses left out."
    )
    agreement = CountedShareSerializer(help_text="With what was judged of several answers.")
    gold = CountedShareSerializer(help_text="Right answers to gold tasks.")
    skips = serializers.DictField(child=serializers.IntegerField(), help_text="By reason.")
    flags = serializers.IntegerField()
    paused_at = serializers.DateTimeField(allow_null=True)
    warned_at = serializers.DateTimeField(allow_null=True)


class AlphaSerializer(serializers.Serializer[Any]):
    """Krippendorff's alpha with its 95% interval; null where it cannot be told."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    tasks = serializers.IntegerField()


class PeopleSerializer(serializers.Serializer[Any]):
    """Everybody who reviews, and how far they agree."""

    people = PersonSerializer(many=True)
    alpha = serializers.DictField(child=AlphaSerializer(), help_text="By kind of task.")


class PeopleView(APIView):
    @extend_schema(parameters=[PeriodSerializer], responses=PeopleSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How much each person reviews, how fast and how well, and how far people agree."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        wanted = PeriodSerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        since = period_start(wanted.validated_data["days"])
        told = {
            "people": person_list(project, since),
            "alpha": {kind.value: alpha_of(project, kind, since) for kind in KINDS},
        }
        return Response(PeopleSerializer(told).data)


class ResumeView(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, slug: str, username: str) -> Response:
        """Let a person go on whom their gold answers have paused or warned."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        user = get_object_or_404(User, username=username)
        reviewer_resume(project=project, user=user, actor=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
