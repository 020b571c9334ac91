"""Generators side by side: only those measured alike stand in one table."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max

from apps.evaluation.models import EvaluationRun
from apps.images.models import Image
from apps.projects.models import Project
from apps.training.families import config_known, family_title, unlike_defaults
from apps.training.models import Checkpoint, TrainingRun

MOST_COMPARED = 60
"""The newest generators; older ones are found among the models."""
HEALTH_SPLIT = Image.Split.GUIDANCE
"""Where a generator's health is measured while it trains."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95% interval."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Trained:
    """A generator, what is unlike its family's defaults, and what it cost."""

    run: TrainingRun
    title: str
    settings: list[str]
    seconds: float | None
    images_a_second: float | None
    """While it trained, checks and all; None where it was resumed, which no clock saw whole."""
    byte_size: int | None
    alarms: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A generator with its figures in one comparison."""

    trained: Trained
    coverage: Interval | None
    kid: Interval | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Generators measured by the same network on as many real images of the same split."""

    network: str
    split: str
    image_count: int
    source: str
    """When it was measured: `training`, or `batch`."""
    entries: list[Entry]
    """The one that covers most first."""


@dataclass(frozen=True, slots=True)
class Generators:
    """All comparisons, the newest first, and the generators that nothing was measured of."""

    comparisons: list[Comparison]
    unmeasured: list[Trained]


Measured = dict[tuple[str, str, str, int, str], dict[int, Entry]]
"""By source, network, split, number of images and their hash: entries by checkpoint."""


def generators_compare(project: Project) -> Generators:
    """The project's newest generators side by side."""
    checkpoints = list(
        Checkpoint.objects.filter(project=project, kind=TrainingRun.Kind.GENERATOR)
        .select_related("training_run__job")
        .annotate(last_step=Max("training_run__curve__step"))
        .order_by("-pk")[:MOST_COMPARED]
    )
    trained = {one.pk: _trained(one) for one in checkpoints}
    found: Measured = {}
    for checkpoint in checkpoints:
        _add_health(found, checkpoint, trained[checkpoint.pk])
    _add_batches(found, trained)
    measured = {pk for entries in found.values() for pk in entries}
    return Generators(
        [
            Comparison(network, split, count, source, sorted(entries.values(), key=_worst_last))
            for (source, network, split, count, _), entries in sorted(
                found.items(), key=lambda item: max(item[1]), reverse=True
            )
        ],
        [one for pk, one in trained.items() if pk not in measured],
    )


def _add_health(found: Measured, checkpoint: Checkpoint, trained: Trained) -> None:
    health = checkpoint.metadata.get("health", {})
    if health.get("coverage") is None:
        return
    key = ("training", health["network"], str(HEALTH_SPLIT), health["image_count"], "")
    coverage, kid = (
        Interval(health[name], health[f"{name}_low"], health[f"{name}_high"])
        for name in ("coverage", "kid")
    )
    found.setdefault(key, {})[checkpoint.pk] = Entry(trained, coverage, kid)


def _add_batches(found: Measured, trained: dict[int, Trained]) -> None:
    """What was measured with batches; of one generator on the same images the newest holds."""
    runs = EvaluationRun.objects.filter(checkpoint__in=trained).exclude(generation_run=None)
    for run in runs.order_by("pk").prefetch_related("metrics"):
        figures = {
            metric.name: Interval(metric.value, metric.low, metric.high)
            for metric in run.metrics.all()
            if metric.annotation_class_id is None
        }
        if "coverage" not in figures and "kid" not in figures:
            continue
        key = ("batch", run.features, run.split, run.image_count, run.images_sha256)
        entry = Entry(trained[run.checkpoint_id], figures.get("coverage"), figures.get("kid"))
        found.setdefault(key, {})[run.checkpoint_id] = entry


def _worst_last(entry: Entry) -> tuple[float, float]:
    return (
        -entry.coverage.value if entry.coverage else 0,
        entry.kid.value if entry.kid else 0,
    )


def _trained(checkpoint: Checkpoint) -> Trained:
    run, seconds = checkpoint.training_run, checkpoint.metadata.get("seconds")
    batch_size, last_step = run.config.get("batch_size"), getattr(checkpoint, "last_step", None)
    was_resumed = run.job is None or run.job.attempt > 1
    config = config_known(run)
    images = None if was_resumed or not last_step or not batch_size else last_step * batch_size
    return Trained(
        run=run,
        title=family_title(run.family),
        settings=unlike_defaults(config) if config else [],
        seconds=seconds,
        images_a_second=images / seconds if images and seconds else None,
        byte_size=checkpoint.metadata.get("byte_size"),
        alarms=sum(notice["kind"] == "alarm" for notice in run.notices),
    )
