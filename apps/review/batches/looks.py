"""What people saw in a batch: its looks, the walks that these make, and why images were refused.

A look is a finished task: `right` is good, and whatever else was judged a defect, also where
answers were split and no reviewer has decided yet. A look that is taken back is no look.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from apps.projects.models import Project
from apps.review.batches.drawing import in_turn
from apps.review.batches.sequential import Plan, Step, ends, walk
from apps.review.models import AcceptanceTest, Judgement, Review, ReviewTask

Verdict = Review.Verdict
SPLIT = "split"
"""Stands for the verdict where answers are split."""


@dataclass(frozen=True, slots=True)
class Look:
    """One image of a batch, judged."""

    image_id: int
    class_id: int | None
    """That the generator was asked for."""
    verdict: str
    reasons: tuple[str, ...]
    """Of all who turned it down, each once."""

    @property
    def is_defect(self) -> bool:
        """Whether it was judged anything but right."""
        return self.verdict != Verdict.RIGHT


def batch_looks(batch: int) -> list[Look]:
    """The batch's looks, in the order in which they were given."""
    answers = Review.objects.exclude(verdict=Verdict.RIGHT).only("reasons")
    judgements = (
        Judgement.objects.filter(
            superseded_at=None,
            task__batch=batch,
            task__kind=ReviewTask.Kind.VALIDATE,
            task__status=ReviewTask.Status.DONE,
        )
        .select_related("task")
        .prefetch_related(Prefetch("reviews", answers, to_attr="turned_down"))
        .order_by("task__done_at", "task_id")
    )
    return [
        Look(
            judgement.task.image_id,
            judgement.task.expected_class_id,
            judgement.verdict or SPLIT,
            tuple(
                sorted({reason for review in judgement.turned_down for reason in review.reasons})
            ),
        )
        for judgement in judgements
    ]


def batch_test(batch: int) -> AcceptanceTest | None:
    """The test of a whole batch; None where none was opened."""
    return AcceptanceTest.objects.filter(batch=batch, annotation_class=None).first()


# --- Walks ----------------------------------------------------------------------------------
def plan_of(test: AcceptanceTest) -> Plan:
    """The rule of a test, as it was when the test began."""
    good, bad = ends(test.size, test.allowed_defects)
    risk = round(1 - test.confidence, 9)
    return Plan(test.size, test.allowed_defects, risk, good, bad, test.log_a, test.log_b)


def looks_of(test: AcceptanceTest, looks: Sequence[Look]) -> list[Look]:
    """Those of a batch's looks that a test walks by, in its order."""
    if test.annotation_class_id is not None:
        return [look for look in looks if look.class_id == test.annotation_class_id]
    by_class: dict[int | None, list[Look]] = defaultdict(list)
    for look in looks:
        by_class[look.class_id].append(look)
    slots = (
        ReviewTask.objects.filter(batch=test.batch, kind=ReviewTask.Kind.VALIDATE)
        .exclude(status=ReviewTask.Status.GOLD)
        .order_by("-priority", "pk")
        .values_list("expected_class_id", flat=True)
    )
    return list(in_turn(slots[: len(looks)], by_class))


def walk_of(test: AcceptanceTest, looks: Sequence[Look]) -> list[Step]:
    """The steps of a test by the looks that it walks by (`looks_of`)."""
    return list(walk(plan_of(test), (look.is_defect for look in looks)))


# --- Reasons --------------------------------------------------------------------------------
def refusal_counts(project: Project, looks: Sequence[Look]) -> dict[str, Any]:
    """What was refused, and why: by verdict, by reason and by class, most first.

    `{"looked", "refused", "verdicts": {…}, "reasons": {…}, "classes": {name: {"looked",
    "refused"}}}`
    """
    names = dict(project.annotation_classes.values_list("pk", "name"))
    refused = [look for look in looks if look.is_defect]
    looked_at = Counter(names.get(look.class_id or 0, "") for look in looks)
    refused_of = Counter(names.get(look.class_id or 0, "") for look in refused)
    return {
        "looked": len(looks),
        "refused": len(refused),
        "verdicts": _counted(Counter(look.verdict for look in refused)),
        "reasons": _counted(Counter(reason for look in refused for reason in look.reasons)),
        "classes": {
            name: {"looked": looked_at[name], "refused": refused_of[name]}
            for name in names.values()
            if looked_at[name]
        },
    }


def _counted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
