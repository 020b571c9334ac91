"""Checkpoints over REST."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.projects.selectors import project_get_for
from apps.training.models import Checkpoint
from apps.training.selectors import checkpoint_list


class CheckpointSerializer(serializers.ModelSerializer[Checkpoint]):
    """What a training run left, and what it was trained with."""

    family = serializers.CharField(source="training_run.family")
    purpose = serializers.CharField(source="training_run.purpose")
    round = serializers.IntegerField(source="training_run.round_number", allow_null=True)
    seed = serializers.IntegerField(source="training_run.seed")
    config = serializers.JSONField(source="training_run.config")
    manifest = serializers.JSONField(source="training_run.manifest")

    class Meta:
        model = Checkpoint
        fields = [
            "id", "kind", "sha256", "family", "purpose", "round", "seed", "config", "manifest",
            "metadata", "created_at",
        ]  # fmt: skip


class CheckpointListView(GenericAPIView[Checkpoint]):
    serializer_class = CheckpointSerializer

    @extend_schema(
        operation_id="checkpoints_list",
        summary="List checkpoints",
        responses=CheckpointSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The project's checkpoints, newest first."""
        project = project_get_for(request.user, slug)
        page = self.paginate_queryset(checkpoint_list(project))
        return self.get_paginated_response(CheckpointSerializer(page, many=True).data)
