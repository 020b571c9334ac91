"""The queue's policy over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.selectors import person_of
from apps.projects.selectors import Role, project_get_for
from apps.review.models import ReviewSettings
from apps.review.queue.policy_settings import FIELDS, bounds, review_settings_change
from apps.review.queue.policy_words import policy_words
from apps.review.selectors import review_settings_get


class ReviewSettingsSerializer(serializers.ModelSerializer[ReviewSettings]):
    """How a project's queue is worked through."""

    in_words = serializers.SerializerMethodField(help_text="The policy in plain sentences.")

    class Meta:
        model = ReviewSettings
        fields = [*FIELDS, "in_words"]

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[Any, Any]:
        kind, options = super().build_standard_field(field_name, model_field)
        limits = bounds(field_name)
        if limits:
            least, most = limits
            sentence = f"It must be a number from {least:g} to {most:g}."
            options["error_messages"] = {"min_value": sentence, "max_value": sentence}
        return kind, options

    def get_in_words(self, settings: ReviewSettings) -> list[str]:
        return [sentence for _, sentences in policy_words(settings) for sentence in sentences]


class ReviewSettingsView(APIView):
    @extend_schema(summary="Read the queue's policy", responses=ReviewSettingsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How many people answer each question, what comes next, who is checked how."""
        project = project_get_for(request.user, slug)
        return Response(ReviewSettingsSerializer(review_settings_get(project)).data)

    @extend_schema(
        summary="Change the queue's policy",
        request=ReviewSettingsSerializer,
        responses=ReviewSettingsSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Send what is to change. For managers.

        Open questions keep the number of people that they were asked with; all else holds
        from each person's next hold on.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        values = ReviewSettingsSerializer(
            review_settings_get(project), data=request.data, partial=True
        )
        values.is_valid(raise_exception=True)
        unknown = sorted(set(request.data) - set(FIELDS))
        if unknown:
            sentence = f"There is no such setting; there are {', '.join(FIELDS)}."
            raise ValidationError(dict.fromkeys(unknown, sentence))
        settings, _ = review_settings_change(
            project=project, by=person_of(request), **values.validated_data
        )
        return Response(ReviewSettingsSerializer(settings).data)
