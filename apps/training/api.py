"""Checkpoints over REST, and training a generator."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.selectors import person_of
from apps.projects.selectors import Role, project_get_for
from apps.training.families import (
    FamilyCard,
    SettingCard,
    family_card,
    family_refusal,
    generator_check,
)
from apps.training.forms import MOST_SEED
from apps.training.generators import generator_train_ask
from apps.training.models import Checkpoint, TrainingRun
from apps.training.selectors import checkpoint_list
from ml_engine.config import FAMILIES, ConfigError, Value, generator_config


@extend_schema_field(
    {"anyOf": [{"type": kind} for kind in ("boolean", "integer", "number", "string")]}
)
class SettingValueField(serializers.Field[Value, Value, Value, SettingCard]):
    """A setting's value, of the setting's type."""

    def to_representation(self, value: Value) -> Value:
        """As it is."""
        return value


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


class GeneratorOrderSerializer(serializers.Serializer[Any]):
    """A generator to train outside the loop."""

    family = serializers.ChoiceField(choices=[(name, one.title) for name, one in FAMILIES.items()])
    parameters = serializers.DictField(
        default=dict, help_text="Settings of the family; the others keep their defaults."
    )
    seed = serializers.IntegerField(default=0, min_value=0, max_value=MOST_SEED)
    learn_from_pool = serializers.BooleanField(
        default=True,
        help_text="From unannotated pool images too, with the classes that the newest classifier"
        " is sure of.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Adds the `config` of the family, or says in the engine's words why there is none."""
        project, family = self.context["project"], attrs.pop("family")
        refusal = family_refusal(family, project)
        if refusal:
            raise serializers.ValidationError({"family": refusal})
        try:
            config = generator_config(family, attrs.pop("parameters"))
            generator_check(config, project)
        except ConfigError as error:
            raise serializers.ValidationError({"parameters": str(error)}) from error
        return {**attrs, "config": config}


class GeneratorRunSerializer(serializers.ModelSerializer[TrainingRun]):
    """A generator's training; its checkpoint appears among the checkpoints when the job is done."""

    class Meta:
        model = TrainingRun
        fields = ["id", "job", "family", "config", "seed", "manifest", "created_at"]


class SettingSerializer(serializers.Serializer[SettingCard]):
    """One setting of a family of generators."""

    name = serializers.CharField(help_text="As it is written in `parameters`.")
    meaning = serializers.CharField(help_text="A sentence; empty where the name says it all.")
    part = serializers.CharField(help_text="What it is about; forms show it under this heading.")
    type = serializers.ChoiceField(choices=["boolean", "integer", "number", "text"])
    default = SettingValueField()
    choices = serializers.ListField(
        child=serializers.CharField(), help_text="All values of a text; empty where any is taken."
    )
    at_least = serializers.FloatField(allow_null=True)
    at_most = serializers.FloatField(allow_null=True)
    above = serializers.FloatField(allow_null=True)
    below = serializers.FloatField(allow_null=True)


class GeneratorFamilySerializer(serializers.Serializer[FamilyCard]):
    """A family of generators, with all that can be set."""

    family = serializers.CharField(help_text="Its name in orders and in the loop's settings.")
    title = serializers.CharField()
    about = serializers.CharField(help_text="What it is and what it is good for.")
    refusal = serializers.CharField(
        help_text="Why this project cannot train it, whatever its settings; empty where it can."
    )
    presets = serializers.DictField(
        child=serializers.DictField(),
        help_text="By name: settings that differ from the defaults together.",
    )
    settings = SettingSerializer(many=True)


class GeneratorFamiliesSerializer(serializers.Serializer[Any]):
    """All families of generators."""

    results = GeneratorFamilySerializer(many=True)


class GeneratorFamilyListView(APIView):
    @extend_schema(
        operation_id="generators_families_list",
        summary="List families of generators",
        responses=GeneratorFamiliesSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """All of them, each with its presets, and its settings with meaning, range and default."""
        project = project_get_for(request.user, slug)
        cards = [family_card(family, project) for family in FAMILIES]
        return Response(GeneratorFamiliesSerializer({"results": cards}).data)


class GeneratorListView(APIView):
    @extend_schema(
        summary="Train a generator",
        request=GeneratorOrderSerializer,
        responses={200: GeneratorRunSerializer, 201: GeneratorRunSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Outside the loop; the newest classifier judges it on guidance images. For managers.

        200 with the same run where exactly this was asked for before; 409 where no image has a
        class yet.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        order = GeneratorOrderSerializer(data=request.data, context={"project": project})
        order.is_valid(raise_exception=True)
        run, is_new = generator_train_ask(
            project=project, actor=person_of(request), **order.validated_data
        )
        return Response(GeneratorRunSerializer(run).data, status=201 if is_new else 200)
