"""Every batch of synthetic images with its fate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count

from apps.evaluation.realism import share_payload
from apps.generation.models import GenerationRun, SyntheticImage
from apps.generation.selectors import generation_run_list
from apps.projects.models import Project
from apps.review.batches.realism_results import realism_results
from apps.review.models import AcceptanceTest, RealismTest

UNTESTED = "untested"
KEPT_OF_AUDIT = ("looked", "refused", "verdicts", "reasons")


def batches_by_round(project: Project, number: int | None) -> Mapping[int, list[dict[str, Any]]]:
    """The batches that rounds made: what of, aimed at what, how tested, with what end."""
    runs = generation_run_list(project).exclude(round_number=None).order_by("round_number", "pk")
    if number is not None:
        runs = runs.filter(round_number=number)
    found = list(runs.select_related("checkpoint__training_run"))
    made, tests, realism = _made(found), _tests(found), _realism(found)
    batches: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for run in found:
        of_run = {"made_by_class": made[run.pk], "realism": realism[run.pk]}
        batches[run.round_number or 0].append({**_batch(run), **of_run, **_fate(run, tests)})
    return batches


def _batch(run: GenerationRun) -> dict[str, Any]:
    figures = run.diversity
    counts = vars(run)  # with what the list has counted
    return {
        "made": counts["image_count"],
        "accepted": counts["accepted_count"],
        "refused": counts["refused_count"],
        "family": run.checkpoint.training_run.family,
        "seed": run.seed,
        "candidates": run.parameters.get("candidates"),
        "dropped": run.dropped,
        "coverage": figures.get("coverage"),
        "density": figures.get("density"),
        "collapsed": run.collapsed,
        "collapse_reason": run.collapse_reason,
        "admitted": run.admitted,
        "excluded_classes": run.audit.get("excluded_classes", []),
        "looks_by_reason": {name: run.audit[name] for name in KEPT_OF_AUDIT if name in run.audit},
    }


def _fate(run: GenerationRun, tests: Mapping[int, AcceptanceTest]) -> dict[str, Any]:
    test = tests.get(run.pk)
    if test is None:
        return {"status": UNTESTED, "looks": 0, "defects": 0}
    return {
        "status": test.status,
        "looks": test.looks,
        "defects": test.defects,
        "allowed_defects": test.allowed_defects,
        "confidence": test.confidence,
        "fixed_looks": test.fixed_looks,
    }


def _made(runs: Sequence[GenerationRun]) -> Mapping[int, dict[str, int]]:
    """Images by the class that was asked for: what the batch was aimed at."""
    made: defaultdict[int, dict[str, int]] = defaultdict(dict)
    rows = (
        SyntheticImage.objects.filter(generation_run__in=runs)
        .values_list("generation_run", "annotation_class__name")
        .annotate(count=Count("pk"))
        .order_by("annotation_class__position")
    )
    for run_id, name, count in rows:
        made[run_id][name] = count
    return made


def _tests(runs: Sequence[GenerationRun]) -> Mapping[int, AcceptanceTest]:
    """Of whole batches."""
    tests = AcceptanceTest.objects.filter(batch__in=[run.pk for run in runs], annotation_class=None)
    return {test.batch: test for test in tests}


def _realism(runs: Sequence[GenerationRun]) -> Mapping[int, list[dict[str, Any]]]:
    """What blind tests of realism found, in their order."""
    tests = list(RealismTest.objects.filter(batch__in=[run.pk for run in runs]).order_by("pk"))
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    results = realism_results(tests) if tests else {}
    for test in tests:
        looks = results[test.pk].looks
        found[test.batch].append(
            {"fooled": share_payload(looks.fooled), "errors": share_payload(looks.errors)}
        )
    return found
