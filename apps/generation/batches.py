"""Reading batches with the tests that people's looks put them to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import Http404

from apps.generation.models import GenerationRun
from apps.generation.walks import Drawing, drawing, verdict_words
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.batches.looks import Look, batch_looks, looks_of, plan_of, refusal_counts, walk_of
from apps.review.batches.sequential import Plan, Risks, Step, risks
from apps.review.models import AcceptanceTest

Status = AcceptanceTest.Status
DECIDED = (Status.CERTIFIED, Status.REFUSED)
MOST_SHOWN = 12
"""Thumbnails of a reason."""
stated_risks = lru_cache(maxsize=256)(risks)


@dataclass(frozen=True, slots=True)
class TestReport:
    """One test: its rule, its walk, and how it ended."""

    test: AcceptanceTest
    plan: Plan
    steps: list[Step]
    looks: list[Look]

    @property
    def saved(self) -> int | None:
        """Looks that a plan of fixed size would have taken more; None before it is decided."""
        return saved(self.test)

    @property
    def risks(self) -> Risks:
        """Of its plan, exactly."""
        return stated_risks(self.plan)

    def drawing(self, most: int = 0) -> Drawing:
        """Its walk; up to `most` looks."""
        return drawing(
            self.plan, self.steps, self.looks, fixed_looks=self.test.fixed_looks, most=most
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Images that were refused for one verdict, and what people said of them."""

    verdict: str
    count: int
    reasons: dict[str, int]
    images: list[Image]
    """Some of them."""

    @property
    def word(self) -> str:
        """The verdict, for people."""
        return verdict_words(self.verdict)


@dataclass(frozen=True, slots=True)
class BatchReport:
    """A batch with all that people saw in it."""

    run: GenerationRun
    whole: TestReport
    classes: list[TestReport]
    looks: list[Look]
    refused: list[Refused]

    @property
    def counts(self) -> dict[str, Any]:
        """What was refused, by verdict, reason and class."""
        return refusal_counts(self.run.project, self.looks)

    @property
    def ahead(self) -> int:
        """Looks at classes beyond their share, which wait until the others were looked at."""
        test = self.whole.test
        return len(self.looks) - test.looks if test.status == Status.WALKING else 0

    @property
    def kept_out(self) -> list[str]:
        """Classes that their own tests refused."""
        return [
            str(report.test.annotation_class.name)
            for report in self.classes
            if report.test.status == Status.REFUSED and report.test.annotation_class
        ]

    @property
    def looks_left(self) -> int | None:
        """Looks that may still be taken; None where there is no limit."""
        most = self.whole.test.most_looks
        return None if most is None else max(0, min(most, self.whole.test.size) - len(self.looks))


def saved(test: AcceptanceTest) -> int | None:
    """Looks that a plan of fixed size would have taken more; None where nothing was decided."""
    return test.fixed_looks - test.looks if test.status in DECIDED else None


def tests_by_batch(runs: Sequence[GenerationRun]) -> dict[int, list[AcceptanceTest]]:
    """The tests of these batches by the batch's id: the whole's first, then its classes'."""
    tests = AcceptanceTest.objects.filter(batch__in=[run.pk for run in runs])
    by_batch: dict[int, list[AcceptanceTest]] = defaultdict(list)
    for test in tests.select_related("annotation_class").order_by("pk"):
        by_batch[test.batch].append(test)
    return by_batch


def batch_report(project: Project, batch_id: int) -> BatchReport:
    """A batch that was put to people. Raises `Http404` where there is no such batch."""
    runs = GenerationRun.objects.select_related("project", "checkpoint__training_run")
    run = runs.filter(project=project, pk=batch_id).first()
    tests = tests_by_batch([run])[run.pk] if run else []
    if run is None or not tests:
        raise Http404(f"No batch {batch_id} was put to people.")
    looks = batch_looks(run.pk)
    whole, *classes = [_test_report(test, looks) for test in tests]
    return BatchReport(run, whole, classes, looks, _refused(looks))


def _test_report(test: AcceptanceTest, looks: list[Look]) -> TestReport:
    mine = looks_of(test, looks)
    steps = walk_of(test, mine)
    return TestReport(test, plan_of(test), steps, mine)


def _refused(looks: list[Look]) -> list[Refused]:
    by_verdict: dict[str, list[Look]] = defaultdict(list)
    for look in looks:
        if look.is_defect:
            by_verdict[look.verdict].append(look)
    images = Image.objects.select_related("annotation_class").in_bulk(
        [look.image_id for mine in by_verdict.values() for look in mine[:MOST_SHOWN]]
    )
    found = [
        Refused(
            verdict,
            len(mine),
            _reasons(mine),
            [images[look.image_id] for look in mine[:MOST_SHOWN] if look.image_id in images],
        )
        for verdict, mine in by_verdict.items()
    ]
    return sorted(found, key=lambda refused: (-refused.count, refused.verdict))


def _reasons(looks: list[Look]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for look in looks:
        for reason in look.reasons:
            counts[reason] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
