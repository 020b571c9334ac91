"""What people were asked and answered by round, and what that cost: counted in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.review.people.counting import rows_of
from apps.review.shares import Share

BEFORE = 0
"""Stands for the time before, and beside, all rounds."""
Kind = ReviewTask.Kind
REASONS = {Kind.REALISM: "realism test", Kind.ADJUDICATE: "people disagreed"}
"""Of tasks that carry no reason of their own."""
ASKED_OTHERWISE = "asked by hand"

# A task's round: its own, that of the task that it adjudicates, or that of the batch it is about.
# Subqueries, as nearly every task names its own: joins would read all tasks twice.
ROUND = """COALESCE(
    task.round_number,
    (SELECT about.round_number FROM review_reviewtask about WHERE about.id = task.about_id),
    (SELECT run.round_number FROM generation_generationrun run WHERE run.id = COALESCE(task.batch,
        (SELECT test.batch FROM review_realismtest test WHERE test.id = task.realism_test_id))),
    0)"""
ASKED = f"""
SELECT {ROUND}, task.kind, task.reason, count(*), count(*) FILTER (WHERE task.status = 'done'),
    count(*) FILTER (WHERE task.status = 'withdrawn'),
    count(*) FILTER (WHERE judgement.verdict = 'class' AND task.expected_class_id IS NOT NULL),
    count(*) FILTER (WHERE judgement.verdict = 'class'
        AND judgement.annotation_class_id = task.expected_class_id)
FROM review_reviewtask task
LEFT JOIN review_judgement judgement
    ON judgement.task_id = task.id AND judgement.superseded_at IS NULL
WHERE task.project_id = %(project)s AND (%(round)s::int IS NULL OR {ROUND} = %(round)s)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608 — a part of the query that is written above
ANSWERED = f"""
SELECT {ROUND}, task.kind, count(*), count(*) FILTER (WHERE review.seconds > 0),
    COALESCE(sum(review.seconds), 0)
FROM review_reviewtask task
JOIN review_review review ON review.task_id = task.id
WHERE task.project_id = %(project)s AND (%(round)s::int IS NULL OR {ROUND} = %(round)s)
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 — as above
MACHINE = """
SELECT split_part(key, ':', 2)::int, kind, count(*),
    COALESCE(sum(extract(epoch FROM finished_at - started_at)), 0)::float
FROM jobs_job
WHERE project_id = %(project)s AND key ~ '^round:[0-9]+:' AND started_at IS NOT NULL
    AND finished_at IS NOT NULL
    AND (%(round)s::int IS NULL OR split_part(key, ':', 2)::int = %(round)s)
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions of one kind that were put to people for one reason."""

    kind: str
    reason: str
    asked: int
    answered: int
    withdrawn: int
    """The round went on before anybody answered."""
    guessed: Share
    """Of those whose class is known now: the guess of the round's classifier was right."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers to questions of one kind, those that were taken back too: they took time as well."""

    kind: str
    answers: int
    timed: int
    """That say how long the person looked."""
    seconds: float

    @property
    def minutes(self) -> float | None:
        """With answers that say no time taken to be like those that do; None where none says it."""
        return self.seconds / self.timed * self.answers / 60 if self.timed else None


@dataclass(frozen=True, slots=True)
class Worked:
    """Jobs of one kind: from the start of the last attempt to the end."""

    kind: str
    jobs: int
    seconds: float


def asked_by_round(project: Project, number: int | None) -> Mapping[int, list[Asked]]:
    """What people were asked, by round; `BEFORE` stands for what belongs to none."""
    found: defaultdict[int, list[Asked]] = defaultdict(list)
    for row, kind, reason, asked, answered, withdrawn, known, right in _rows(
        ASKED, project, number
    ):
        words = reason or REASONS.get(kind, ASKED_OTHERWISE)
        guessed = Share(right, known)
        found[row].append(Asked(kind, words, asked, answered, withdrawn, guessed))
    return found


def answered_by_round(project: Project, number: int | None) -> Mapping[int, list[Answered]]:
    """How many answers people gave, and how long they took, by round."""
    found: defaultdict[int, list[Answered]] = defaultdict(list)
    for row, *rest in _rows(ANSWERED, project, number):
        found[row].append(Answered(*rest))
    return found


def worked_by_round(project: Project, number: int | None) -> Mapping[int, list[Worked]]:
    """What machines did for each round, and how long that took."""
    found: defaultdict[int, list[Worked]] = defaultdict(list)
    for row, *rest in _rows(MACHINE, project, number):
        found[row].append(Worked(*rest))
    return found


def _rows(query: str, project: Project, number: int | None) -> list[tuple[Any, ...]]:
    return rows_of(query, {"project": project.pk, "round": number})
