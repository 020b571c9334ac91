"""Every batch of synthetic images with its fate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count
from django.db.models.fields.json import KeyTextTransform

from apps.evaluation.realism import share_payload
from apps.generation.models import GenerationRun, SyntheticImage
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.batches.realism_results import realism_results
from apps.review.models import AcceptanceTest, RealismTest

UNTESTED = "untested"
HELD_BACK = "held_back"
KEPT_OF_AUDIT = ("looked", "refused", "verdicts", "reasons")


def batches_by_round(project: Project, number: int | None) -> Mapping[int, list[dict[str, Any]]]:
    """The batches that rounds made: what of, aimed at what, how tested, with what end."""
    runs = GenerationRun.objects.filter(project=project, round_number__isnull=False)
    if number is not None:
        runs = runs.filter(round_number=number)
    found = list(runs.select_related("checkpoint__training_run").order_by("round_number", "pk"))
    made, tests, realism = _made(found), _tests(found), _realism(found)
    of_slices = _of_slices(found)
    batches: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for run in found:
        of_run = {
            **_counted(made[run.pk]),
            "made_by_slice": of_slices[run.pk],
            "realism": realism[run.pk],
        }
        batches[run.round_number or 0].append({**_batch(run), **of_run, **_fate(run, tests)})
    return batches


def _batch(run: GenerationRun) -> dict[str, Any]:
    figures = run.diversity
    return {
        "family": run.checkpoint.training_run.family,
        "seed": run.seed,
        "candidates": run.parameters.get("candidates"),
        "dropped": run.dropped,
        "coverage": figures.get("coverage"),
        "density": figures.get("density"),
        "collapsed": run.collapsed,
        "collapse_reason": run.collapse_reason,
        "held_reason": run.held_reason,
        "admitted": run.admitted,
        "excluded_classes": run.audit.get("excluded_classes", []),
        "looks_by_reason": {name: run.audit[name] for name in KEPT_OF_AUDIT if name in run.audit},
    }


def _fate(run: GenerationRun, tests: Mapping[int, AcceptanceTest]) -> dict[str, Any]:
    test = tests.get(run.pk)
    if test is None:
        return {"status": HELD_BACK if run.is_held else UNTESTED, "looks": 0, "defects": 0}
    return {
        "status": test.status,
        "looks": test.looks,
        "defects": test.defects,
        "allowed_defects": test.allowed_defects,
        "confidence": test.confidence,
        "fixed_looks": test.fixed_looks,
    }


def _made(runs: Sequence[GenerationRun]) -> Mapping[int, list[tuple[str, str, int]]]:
    """Each batch's images: the class that was asked for, their status, how many."""
    made: defaultdict[int, list[tuple[str, str, int]]] = defaultdict(list)
    rows = (
        SyntheticImage.objects.filter(generation_run__in=runs)
        .values_list("generation_run", "annotation_class__name", "image__status")
        .annotate(count=Count("pk"))
        .order_by("annotation_class__position", "image__status")
    )
    for run_id, *counted in rows:
        made[run_id].append((counted[0], counted[1], counted[2]))
    return made


def _of_slices(runs: Sequence[GenerationRun]) -> Mapping[int, dict[str, int]]:
    """How many of each batch were aimed at images that a slice's share chose, by its name."""
    rows = (
        SyntheticImage.objects.filter(generation_run__in=runs, aimed_because__has_key="slice")
        .annotate(slice_name=KeyTextTransform("slice", "aimed_because"))
        .values_list("generation_run", "slice_name")
        .annotate(count=Count("pk"))
        .order_by("slice_name")
    )
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for run_id, name, count in rows:
        found[run_id][name] = count
    return found


def _counted(made: Sequence[tuple[str, str, int]]) -> dict[str, Any]:
    by_class: Counter[str] = Counter()
    by_status: Counter[str] = Counter()
    for name, status, count in made:
        by_class[name] += count
        by_status[status] += count
    return {
        "made": by_class.total(),
        "accepted": by_status[Image.Status.ACCEPTED],
        "refused": by_status[Image.Status.REFUSED],
        "made_by_class": dict(by_class),
    }


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
