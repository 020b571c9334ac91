"""How far people agree beyond chance: Krippendorff's alpha, and Cohen's kappa of each pair.

Both are 1 where all answers are the same and 0 where they agree as chance would have it.
The database counts which answers met on one task; what is left is arithmetic on the counts.

Alpha (Krippendorff 2011, nominal) takes any number of people and tasks that some did not
answer: 1 - observed disagreement / expected disagreement. Gold tasks are left out of it, for
everybody answers them, and they would outweigh the rest. Kappa (Cohen 1960) compares two
people on the tasks that both answered, gold ones included. To a validate task the answer
is the verdict, whatever class was named; so `bad`, marked on a sheet, differs from a reason.
Realism tests are left out: where people cannot tell, they should not agree.

The chance model of the intervals: tasks are drawn at random and independently, the people are
these. Alpha's come from its influence function, on the scale of log(1 - alpha), on which it is
nearer to normal; kappa's from its large-sample variance (Fleiss, Cohen and Everitt 1969). Where
nobody disagreed, variance is 0 and says nothing: there, the exact bound on an event never
seen in so many tasks takes its place.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.review.people.counting import rows_of
from apps.review.shares import Z_95

KINDS = (ReviewTask.Kind.ANNOTATE, ReviewTask.Kind.VALIDATE)
LEAST_TASKS = 20
"""With fewer tasks in common, nothing is said about agreement."""

Unit = Mapping[Any, int]
"""How often each answer was given to one task."""

# Answers are told apart by numbers, which are sorted faster than words.
ANSWERS = """
WITH answers AS (
    SELECT review.task_id, review.user_id,
        CASE WHEN review.verdict = 'class' THEN review.annotation_class_id
            ELSE -1 - abs(hashtext(review.verdict)::bigint) END AS answer
    FROM review_review review
    JOIN review_reviewtask task ON task.id = review.task_id
    WHERE task.project_id = %(project)s AND task.kind = %(kind)s AND task.reviews_needed > 1
        AND task.status = ANY(%(statuses)s) AND review.superseded_at IS NULL
        AND (%(since)s::timestamptz IS NULL OR review.created_at >= %(since)s)
)
"""
UNITS = """, counted AS (
    SELECT task_id, answer, count(*) AS times FROM answers GROUP BY 1, 2
), units AS (
    SELECT array_agg(answer ORDER BY answer) AS given, array_agg(times ORDER BY answer) AS times
    FROM counted GROUP BY task_id HAVING sum(times) >= 2
)
SELECT given, times, count(*) FROM units GROUP BY 1, 2
"""
PAIRS = """
SELECT one.user_id, other.user_id, one.answer, other.answer, count(*)
FROM answers one
JOIN answers other ON other.task_id = one.task_id AND other.user_id > one.user_id
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient with its 95% interval; `value` is None where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None
    tasks: int
    """Tasks with two answers at least."""

    @property
    def is_told(self) -> bool:
        """Whether there are enough tasks to show it."""
        return self.value is not None and self.tasks >= LEAST_TASKS


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Cohen's kappa of two people, by their ids."""

    one: int
    other: int
    kappa: Agreement


# --- From the database ----------------------------------------------------------------------
def alpha_of(project: Project, kind: str, since: datetime | None = None) -> Agreement:
    """Krippendorff's alpha of all answers to a kind of task, or of those given since then."""
    rows = _rows(UNITS, project, kind, since, ["open", "done"])
    return alpha((dict(zip(given, times, strict=True)), count) for given, times, count in rows)


def pair_kappas(project: Project, kind: str, since: datetime | None = None) -> list[PairAgreement]:
    """Cohen's kappa of every two people who answered a task together, the least agreed first."""
    rows = _rows(PAIRS, project, kind, since, ["open", "done", "gold"])
    pairs = [
        PairAgreement(one, other, kappa({(row[2], row[3]): row[4] for row in of_pair}))
        for (one, other), of_pair in groupby(rows, key=lambda row: (row[0], row[1]))
    ]
    return sorted(pairs, key=lambda pair: 2.0 if pair.kappa.value is None else pair.kappa.value)


def _rows(
    query: str, project: Project, kind: str, since: datetime | None, statuses: Sequence[str]
) -> list[tuple[Any, ...]]:
    bounds = {"project": project.pk, "kind": kind, "since": since, "statuses": list(statuses)}
    return rows_of(ANSWERS + query, bounds)


# --- Arithmetic -----------------------------------------------------------------------------
def alpha(units: Iterable[tuple[Unit, int]]) -> Agreement:
    """Krippendorff's alpha of units, each with how many of it there are.

    Units with fewer than two answers say nothing and are left out.
    """
    pairable = [(unit, count) for unit, count in units if sum(unit.values()) > 1]
    tasks = sum(count for _, count in pairable)
    totals: Counter[Any] = Counter()
    for unit, count in pairable:
        for answer, times in unit.items():
            totals[answer] += times * count
    size = totals.total()
    # Of the pairs that chance makes of all answers, so many differ.
    expected = float(size**2 - sum(total**2 for total in totals.values()))
    if expected == 0:
        return Agreement(None, None, None, tasks)
    observed = sum(_disagreement(unit) * count for unit, count in pairable)
    value = 1 - (size - 1) * observed / expected
    if observed == 0:
        low = 1 - (size - 1) * size * _never_seen(tasks) / expected
        return Agreement(1.0, max(-1.0, low), 1.0, tasks)
    spread = Z_95 * _alpha_error(pairable, totals, observed, expected) / (1 - value)
    return Agreement(
        value,
        max(-1.0, 1 - (1 - value) * math.exp(spread)),
        1 - (1 - value) * math.exp(-spread),
        tasks,
    )


def _disagreement(unit: Unit) -> float:
    """Pairs of different answers to a unit, each answer counted once in all."""
    size = sum(unit.values())
    return (size**2 - sum(times**2 for times in unit.values())) / (size - 1)


def _alpha_error(
    pairable: Sequence[tuple[Unit, int]],
    totals: Mapping[Any, int],
    observed: float,
    expected: float,
) -> float:
    """The standard error of alpha = 1 - (n - 1)·A/B, each task moving A, n and B a little."""
    size = sum(totals.values())
    by_observed = -(size - 1) / expected
    by_size = -observed / expected + 2 * size * (size - 1) * observed / expected**2
    by_total = -2 * (size - 1) * observed / expected**2
    influences = [
        (
            by_observed * _disagreement(unit)
            + by_size * sum(unit.values())
            + by_total * sum(totals[answer] * times for answer, times in unit.items()),
            count,
        )
        for unit, count in pairable
    ]
    tasks = sum(count for _, count in influences)
    if tasks < 2:  # noqa: PLR2004 — one task has no variance
        return math.inf
    mean = sum(influence * count for influence, count in influences) / tasks
    squares = sum((influence - mean) ** 2 * count for influence, count in influences)
    return math.sqrt(squares * tasks / (tasks - 1))


def kappa(table: Mapping[tuple[Any, Any], int]) -> Agreement:
    """Cohen's kappa of how often one person's answer met the other's."""
    tasks = sum(table.values())
    one: defaultdict[Any, float] = defaultdict(float)
    other: defaultdict[Any, float] = defaultdict(float)
    for (first, second), count in table.items():
        one[first] += count / tasks
        other[second] += count / tasks
    agreed = sum(count for (first, second), count in table.items() if first == second) / tasks
    chance = sum(share * other.get(answer, 0.0) for answer, share in one.items())
    if chance == 1:
        return Agreement(None, None, None, tasks)
    value = (agreed - chance) / (1 - chance)
    if agreed == 1:
        low = (1 - _never_seen(tasks) - chance) / (1 - chance)
        return Agreement(1.0, max(-1.0, low), 1.0, tasks)
    # The terms of Fleiss, Cohen and Everitt's variance: on the diagonal, off it, and the square.
    spread = -((agreed * chance - 2 * chance + agreed) ** 2)
    for (first, second), count in table.items():
        share = count / tasks
        if first == second:
            spread += share * ((1 - chance) - (one[first] + other[first]) * (1 - agreed)) ** 2
        else:
            spread += share * (1 - agreed) ** 2 * (other[first] + one[second]) ** 2
    error = math.sqrt(max(0.0, spread) / tasks) / (1 - chance) ** 2
    return Agreement(value, max(-1.0, value - Z_95 * error), min(1.0, value + Z_95 * error), tasks)


def _never_seen(tasks: int) -> float:
    """The upper 95% bound of a share that was 0 of so many (Clopper and Pearson 1934)."""
    return float(1 - 0.025 ** (1 / tasks)) if tasks else 1.0
