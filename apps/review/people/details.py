"""One person's answers, closer: which they confuse with which, and their days."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from apps.accounts.models import User
from apps.projects.models import Project
from apps.projects.selectors import annotation_class_list
from apps.review.models import Review, ReviewTask
from apps.review.people.counting import rows_of
from apps.review.shares import Share

MOST_ANSWERS = 12
"""Rows and columns of a table of confusions; the rest is put together."""
OTHERS = "all others"

# What is known of a task: its gold answer, or the judgement of several answers or a reviewer.
CONFUSION = """
SELECT task.kind, known.verdict, known.class_id, review.verdict, review.annotation_class_id,
    count(*)
FROM review_review review
JOIN review_reviewtask task ON task.id = review.task_id
JOIN LATERAL (
    SELECT task.gold_verdict AS verdict, task.gold_class_id AS class_id WHERE task.status = 'gold'
    UNION ALL
    SELECT judgement.verdict, judgement.annotation_class_id FROM review_judgement judgement
    WHERE judgement.task_id = task.id AND judgement.superseded_at IS NULL
        AND judgement.verdict <> ''
        AND (task.reviews_needed > 1 OR judgement.method = 'adjudicated')
) known ON true
WHERE review.user_id = %(user)s AND task.project_id = %(project)s AND review.superseded_at IS NULL
    AND task.kind IN ('annotate', 'validate')
    AND (%(since)s::timestamptz IS NULL OR review.created_at >= %(since)s)
GROUP BY 1, 2, 3, 4, 5
"""
DAYS = """
SELECT review.created_at::date, count(*),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY review.seconds) FILTER (WHERE review.seconds > 0)
FROM review_review review
JOIN review_reviewtask task ON task.id = review.task_id
WHERE review.user_id = %(user)s AND task.project_id = %(project)s AND review.superseded_at IS NULL
    AND (%(since)s::timestamptz IS NULL OR review.created_at >= %(since)s)
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """How often a person said one answer where another is true."""

    said: str
    share: Share
    """Of the row's answers."""
    is_right: bool

    @property
    def count(self) -> int:
        """How often."""
        return self.share.count

    @property
    def depth(self) -> int:
        """How deep to draw it."""
        return self.share.depth


@dataclass(frozen=True, slots=True)
class Row:
    """What a person said where one answer is true."""

    truth: str
    cells: list[Cell]
    right: Share


@dataclass(frozen=True, slots=True)
class Confusion:
    """A person's answers to one kind of task against what is known."""

    kind: str
    rows: list[Row]
    columns: list[str]
    right: Share


@dataclass(frozen=True, slots=True)
class Day:
    """A person's answers on one day."""

    day: date
    answers: int
    median_seconds: float | None


def confusions_of(project: Project, user: User, since: datetime | None = None) -> list[Confusion]:
    """A person's confusions by kind of task, of those kinds where something is known."""
    order, names = _answers(project)
    counts: dict[str, Counter[tuple[str, str]]] = {}
    bounds = {"project": project.pk, "user": user.pk, "since": since}
    for kind, *known_and_said, count in rows_of(CONFUSION, bounds):
        verdict, class_id, said_verdict, said_class = known_and_said
        truth = names[verdict if verdict != Review.Verdict.CLASS else class_id]
        said = names[said_verdict if said_verdict != Review.Verdict.CLASS else said_class]
        counts.setdefault(kind, Counter())[truth, said] += count
    return [
        _confusion(kind, counts[kind], order)
        for kind in (ReviewTask.Kind.ANNOTATE, ReviewTask.Kind.VALIDATE)
        if kind in counts
    ]


def _answers(project: Project) -> tuple[dict[str, int], dict[int | str, str]]:
    """The place of each answer in a table, and its name by the class's id or the verdict."""
    names: dict[int | str, str] = {
        annotation_class.pk: annotation_class.name
        for annotation_class in annotation_class_list(project)
    }
    for verdict in Review.Verdict:
        names[verdict.value] = verdict.value.replace("_", " ")
    return {name: place for place, name in enumerate(names.values())}, names


def _confusion(kind: str, counts: Counter[tuple[str, str]], order: dict[str, int]) -> Confusion:
    place = _places(counts)
    table: Counter[tuple[str, str]] = Counter()
    right: Counter[str] = Counter()
    for (truth, said), count in counts.items():
        table[place[truth], place[said]] += count
        right[place[truth]] += count if said == truth else 0
    answers = sorted(set(place.values()), key=lambda name: order.get(name, len(order)))
    rows = []
    for truth in answers:
        total = sum(table[truth, said] for said in answers)
        if total:
            cells = [
                Cell(said, Share(table[truth, said], total), said == truth != OTHERS)
                for said in answers
            ]
            rows.append(Row(truth, cells, Share(right[truth], total)))
    return Confusion(kind, rows, answers, Share(right.total(), counts.total()))


def _places(counts: Counter[tuple[str, str]]) -> dict[str, str]:
    """The row and column of each answer: its own, or where there are many, one for all others."""
    errors: Counter[str] = Counter()
    for (truth, said), count in counts.items():
        for name in {truth, said}:
            errors[name] += count if truth != said else 0
    if len(errors) <= MOST_ANSWERS:
        return {name: name for name in errors}
    kept = {name for name, _ in errors.most_common(MOST_ANSWERS - 1)}
    return {name: name if name in kept else OTHERS for name in errors}


def days_of(project: Project, user: User, since: datetime | None = None) -> list[Day]:
    """The days on which a person answered, oldest first."""
    bounds = {"project": project.pk, "user": user.pk, "since": since}
    return [Day(*row) for row in rows_of(DAYS, bounds)]
