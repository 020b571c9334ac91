"""The loop over REST: its settings and run, its rounds, mixes and metrics."""

from __future__ import annotations

from collections.abc import Callable

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.pagination import CursorPages
from apps.accounts.selectors import person_of
from apps.evaluation.models import Metric
from apps.loops.batches import batch_release
from apps.loops.forms import FIELDS
from apps.loops.mixes import MixCheck, mix_check
from apps.loops.models import Decision, Loop, Mix, Round
from apps.loops.selectors import metric_list_with_ratio, mix_get, mix_list, round_list
from apps.loops.services import (
    loop_get_or_create,
    loop_pause,
    loop_rollback,
    loop_start,
    loop_update,
)
from apps.projects.selectors import Role, project_get_for


class LoopSerializer(serializers.ModelSerializer[Loop]):
    """A loop's settings and where it stands."""

    generator_parameters = serializers.DictField(
        required=False,
        help_text="Settings of the generator's family that differ from their defaults. Another"
        " family begins with its defaults; steps and mirror are the loop's own.",
    )

    class Meta:
        model = Loop
        fields = ["status", "status_reason", "mix", *FIELDS]
        read_only_fields = ["status", "status_reason", "mix"]


class RoundNumberSerializer(serializers.Serializer[Round]):
    """The round whose mix is meant."""

    round = serializers.IntegerField(min_value=1, help_text="The round's number.")


class MixSerializer(serializers.ModelSerializer[Mix]):
    """An immutable recipe for a training set."""

    round = serializers.IntegerField(source="round.number", allow_null=True, read_only=True)
    version = serializers.IntegerField(
        source="version.number",
        allow_null=True,
        read_only=True,
        help_text="The version of the dataset that it was drawn from; null for older mixes.",
    )

    class Meta:
        model = Mix
        fields = [
            "id", "round", "version", "ratio", "asked_ratio", "most_synthetic_per_real", "seed",
            "real_count", "synthetic_count", "images_sha256", "rows_sha256", "practice",
            "practice_generator", "created_at",
        ]  # fmt: skip


class MixCheckSerializer(serializers.Serializer[MixCheck]):
    """Whether a mix was found again."""

    holds = serializers.BooleanField()
    version = serializers.IntegerField(help_text="Number of the version that it was drawn from.")
    computed = serializers.CharField(
        help_text="Hash of the list of images and classes that version and recipe give."
    )
    recorded = serializers.CharField(help_text="Hash of the list that was trained on.")
    image_count = serializers.IntegerField()
    reason = serializers.CharField(help_text="What is wrong; empty where nothing is.")


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """What a round decided, and why."""

    actor: serializers.SlugRelatedField[Decision] = serializers.SlugRelatedField(
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = Decision
        fields = [
            "outcome", "mix", "candidate_ratio", "gain", "low", "high", "reason", "actor",
            "created_at",
        ]  # fmt: skip


class RoundSerializer(serializers.ModelSerializer[Round]):
    """One turn of the loop, with its figures once they are known."""

    decisions = DecisionSerializer(many=True, read_only=True)
    asks_by = serializers.CharField(
        read_only=True, help_text="The strategy that chooses what people are asked about."
    )

    class Meta:
        model = Round
        fields = [
            "id", "number", "step", "seed", "settings", "asks_by", "strategy_reason", "summary",
            "step_times", "safeguards", "decisions", "started_at", "finished_at",
        ]  # fmt: skip


class MetricSerializer(serializers.ModelSerializer[Metric]):
    """One number with its split, its seeds and its 95% interval."""

    annotation_class: serializers.SlugRelatedField[Metric] = serializers.SlugRelatedField(
        slug_field="name", read_only=True, allow_null=True
    )
    split = serializers.CharField(source="evaluation_run.split")
    image_count = serializers.IntegerField(source="evaluation_run.image_count")
    features = serializers.CharField(
        source="evaluation_run.features",
        help_text="Of a generator's measures: the network whose features they hold for.",
    )
    synthetic_count = serializers.IntegerField(
        source="evaluation_run.sample_count",
        help_text="Of a generator's measures: synthetic images beside the real ones.",
    )
    round = serializers.IntegerField(source="evaluation_run.round_number", allow_null=True)
    checkpoint = serializers.IntegerField(source="evaluation_run.checkpoint_id")
    seed = serializers.IntegerField(
        source="evaluation_run.checkpoint.training_run.seed",
        help_text="Of the one training that is measured; a round's figures join several.",
    )
    ratio = serializers.FloatField(
        allow_null=True, help_text="Of the arm, synthetic ÷ real; null for other checkpoints."
    )

    class Meta:
        model = Metric
        fields = [
            "id", "name", "annotation_class", "value", "low", "high", "split", "image_count",
            "seed", "round", "ratio", "checkpoint", "features", "synthetic_count",
        ]  # fmt: skip


class LoopView(APIView):
    @extend_schema(summary="Read the loop", responses=LoopSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The loop's settings and status."""
        project = project_get_for(request.user, slug)
        return Response(LoopSerializer(loop_get_or_create(project)).data)

    @extend_schema(
        summary="Change the loop's settings", request=LoopSerializer, responses=LoopSerializer
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Settings hold from the next round on. For managers."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        loop = loop_get_or_create(project)
        values = LoopSerializer(loop, data=request.data, partial=True)
        values.is_valid(raise_exception=True)
        loop = loop_update(loop=loop, values=values.validated_data, actor=person_of(request))
        return Response(LoopSerializer(loop).data)


def _change(request: Request, slug: str, service: Callable[..., None]) -> Response:
    project = project_get_for(request.user, slug, Role.MANAGER)
    loop = loop_get_or_create(project)
    service(loop=loop, actor=person_of(request))
    return Response(LoopSerializer(loop).data)


class LoopStartView(APIView):
    @extend_schema(summary="Start or resume the loop", request=None, responses=LoopSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """409 where it runs already, or where images are missing. For managers."""
        return _change(request, slug, loop_start)


class LoopPauseView(APIView):
    @extend_schema(summary="Pause the loop", request=None, responses=LoopSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """A job that runs goes on to its end; no further step begins. For managers."""
        return _change(request, slug, loop_pause)


class LoopRollbackView(APIView):
    @extend_schema(
        summary="Go back to a round's mix", request=RoundNumberSerializer, responses=MixSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Trained on from the next round on; a later one can be taken again. For managers."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        values = RoundNumberSerializer(data=request.data)
        values.is_valid(raise_exception=True)
        mix = loop_rollback(
            project=project,
            round_number=values.validated_data["round"],
            actor=person_of(request),
        )
        return Response(MixSerializer(mix).data)


class RoundPages(CursorPages):
    """Rounds by number, which is their order in time."""

    ordering = "-number"


class BatchReleaseView(APIView):
    @extend_schema(
        summary="Put a batch that is held back to people",
        request=None,
        responses={204: None},
    )
    def post(self, request: Request, slug: str, batch_id: int) -> Response:
        """While its round is at review; afterwards 409."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        batch_release(project=project, batch_id=batch_id, actor=person_of(request))
        return Response(status=204)


class RoundListView(GenericAPIView[Round]):
    serializer_class = RoundSerializer
    pagination_class = RoundPages

    @extend_schema(
        operation_id="rounds_list", summary="List rounds", responses=RoundSerializer(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """The project's rounds with their figures and decisions, newest first."""
        rounds = round_list(project_get_for(request.user, slug))
        page = self.paginate_queryset(rounds.prefetch_related("decisions__actor"))
        return self.get_paginated_response(RoundSerializer(page, many=True).data)


class MixListView(GenericAPIView[Mix]):
    serializer_class = MixSerializer

    @extend_schema(
        operation_id="mixes_list", summary="List mixes", responses=MixSerializer(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """The project's mixes, newest first."""
        page = self.paginate_queryset(mix_list(project_get_for(request.user, slug)))
        return self.get_paginated_response(MixSerializer(page, many=True).data)


class MixCheckView(APIView):
    @extend_schema(summary="Make a mix again", responses=MixCheckSerializer)
    def get(self, request: Request, slug: str, mix_id: int) -> Response:
        """From its version and recipe alone, and compare it with what was trained on.

        409 for a mix that names no version. For managers.
        """
        mix = mix_get(project_get_for(request.user, slug, Role.MANAGER), mix_id)
        return Response(MixCheckSerializer(mix_check(mix)).data)


class MetricListView(GenericAPIView[Metric]):
    serializer_class = MetricSerializer

    @extend_schema(
        operation_id="metrics_list", summary="List metrics", responses=MetricSerializer(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every measured number of the project, newest first."""
        metrics = metric_list_with_ratio(project_get_for(request.user, slug))
        page = self.paginate_queryset(metrics)
        return self.get_paginated_response(MetricSerializer(page, many=True).data)
