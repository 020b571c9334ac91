"""Realism by generator: tests of generation runs' batches, and what they say of checkpoints."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.projects.models import Project
from apps.review.batches.realism import realism_test_create
from apps.review.batches.realism_results import (
    Looks,
    RealismResult,
    realism_results,
    total,
)
from apps.review.models import RealismTest
from apps.review.shares import Share
from apps.training.models import Checkpoint


# --- Writing --------------------------------------------------------------------------------
def realism_start(
    *,
    generation_run: GenerationRun,
    count: int,
    exposure_ms: int | None = None,
    looks_per_image: int = 1,
    seed: int | None = None,
    by: User | None = None,
) -> RealismTest:
    """Ask people which of a batch's images, mixed with real ones, are real.

    Without a seed one is drawn. Raises ValidationError, as `realism_test_create`.
    """
    lineages = generation_run.synthetic_images
    return realism_test_create(
        project=generation_run.project,
        batch=generation_run.pk,
        synthetic=dict(lineages.values_list("image_id", "annotation_class_id")),
        count=count,
        seed=secrets.randbelow(2**31) if seed is None else seed,
        exposure_ms=exposure_ms,
        looks_per_image=looks_per_image,
        by=by,
    )


# --- Reading --------------------------------------------------------------------------------
def batches_with_images(project: Project) -> QuerySet[GenerationRun]:
    """The batches that can be tested, newest first."""
    runs = GenerationRun.objects.filter(project=project).annotate(images=Count("synthetic_images"))
    return runs.filter(images__gt=0).order_by("-pk")


@dataclass(frozen=True, slots=True)
class Finding:
    """A realism test, whose batch it was about, and what it found."""

    test: RealismTest
    """With the counts of `realism_test_list`."""
    run: GenerationRun | None
    """None where it was deleted."""
    result: RealismResult


def realism_findings(project: Project, tests: Iterable[RealismTest]) -> list[Finding]:
    """What these tests of the project found; each test as `realism_test_list` has it."""
    found = list(tests)
    runs = (
        GenerationRun.objects.filter(project=project)
        .select_related("checkpoint__training_run")
        .in_bulk({test.batch for test in found})
    )
    results = realism_results(found)
    return [Finding(test, runs.get(test.batch), results[test.pk]) for test in found]


@dataclass(frozen=True, slots=True)
class GeneratorRealism:
    """What all tests of one generator's batches found together."""

    checkpoint: Checkpoint
    tests: int
    looks: Looks


def realism_by_generator(findings: list[Finding]) -> list[GeneratorRealism]:
    """The generators that were tested, newest first."""
    by_checkpoint = defaultdict(list)
    checkpoints = {}
    for finding in findings:
        if finding.run is not None:
            checkpoints[finding.run.checkpoint_id] = finding.run.checkpoint
            by_checkpoint[finding.run.checkpoint_id].append(finding.result.looks)
    return [
        GeneratorRealism(checkpoints[pk], len(looks), total(looks))
        for pk, looks in sorted(by_checkpoint.items(), reverse=True)
    ]


def realism_points(findings: list[Finding]) -> list[dict[str, Any]]:
    """The tests that have looks as points of a chart, oldest first."""
    return [
        {
            "test": finding.test.pk,
            "batch": finding.test.batch,
            "generator": finding.run.checkpoint.training_run_id if finding.run else None,
            "fooled": share_payload(finding.result.looks.fooled),
            "errors": share_payload(finding.result.looks.errors),
        }
        for finding in reversed(findings)
        if finding.result.looks.fooled.of
    ]


def share_payload(share: Share) -> dict[str, Any]:
    """A share with its 95% interval as JSON; `value` is null where nothing was looked at."""
    return {
        "count": share.count,
        "of": share.of,
        "value": share.value,
        "low": share.low,
        "high": share.high,
    }
