"""The truth behind many people's answers, and how each person errs (Dawid and Skene 1979).

The chance model. Each task has one true answer, drawn with the answers' prevalence p.
Person w, asked about a task whose truth is j, says k with probability e_w[j, k],
whatever the task and whatever others said. Expectation-maximisation finds the p and e
that make all answers together likeliest; the posterior of a task is then

    P(truth = j | answers) ∝ p[j] · Π_w e_w[j, what w said].

So a person who mixes coats up with shirts counts for less there and for full elsewhere,
where a majority counts everybody alike.

Limits. (1) Errors are taken to be independent: where an image is hard, people err alike, and
the posterior is too sure. (2) The estimate is of greatest likelihood, without a prior:
with few answers a person and class (say, under fifty) it is too sure as well. In the
simulation of the tests, 10 classes and 3 answers a task, mean posterior and share of right
answers were .99 and .86 at 200 tasks, .96 and .89 at 1,000, .93 and .91 at 5,000.
(3) It starts from the majority, and finds the optimum next to that: where most people make
the same mistake, it makes it too. Tasks whose truth is known, such as gold ones, hold it against
all three.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ITERATIONS = 100
TOLERANCE = 1e-5
"""It ends where an iteration raises the log-likelihood of an answer by less."""


@dataclass(frozen=True, slots=True)
class Answers:
    """N answers, one a person and task, each given by its row in three vectors."""

    tasks: NDArray[np.int64]
    """(N,) from 0 to T - 1, each at least once"""
    people: NDArray[np.int64]
    """(N,) from 0 to W - 1, each at least once"""
    values: NDArray[np.int64]
    """(N,) what was answered, from 0 to K - 1"""

    def __post_init__(self) -> None:
        if not len(self.tasks) == len(self.people) == len(self.values):
            raise ValueError(
                "Answers need a task, a person and a value each; there are"
                f" {len(self.tasks)}, {len(self.people)} and {len(self.values)}."
            )


@dataclass(frozen=True, slots=True)
class Truth:
    """What was estimated."""

    posteriors: NDArray[np.float64]
    """(T, K): probability of each answer being a task's truth"""
    confusion: NDArray[np.float64]
    """(W, K, K): probability of a person saying the last, where the one before is true; a row of
    nothing but 0 where the person never met that truth"""
    prevalence: NDArray[np.float64]
    """(K,): share of the tasks of which each answer is true"""
    iterations: int


def dawid_skene(
    answers: Answers, answer_count: int, known: Mapping[int, int] | None = None
) -> Truth:
    """Posteriors of all tasks and confusions of all people, K being `answer_count`.

    `known` maps tasks to their truths where these are known for certain, such as gold tasks and
    adjudications: their posteriors are fixed, and what people answered there tells
    how they err. The same answers in any order give the same result.
    """
    # Brings pandas along and takes 2 s: for the job that judges, not for every worker.
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    task_count = int(answers.tasks.max(initial=-1)) + 1
    person_count = int(answers.people.max(initial=-1)) + 1
    if task_count == 0:
        return Truth(
            np.zeros((0, answer_count)),
            np.zeros((0, answer_count, answer_count)),
            np.zeros(answer_count),
            0,
        )
    order = np.lexsort((answers.values, answers.people, answers.tasks))
    table = pd.DataFrame(
        {
            "task": answers.tasks[order],
            "worker": answers.people[order],
            "label": answers.values[order],
        }
    )
    said = set(answers.values.tolist())
    certain = {task: truth for task, truth in (known or {}).items() if truth in said}
    model = DawidSkene(n_iter=ITERATIONS, tol=TOLERANCE)
    with warnings.catch_warnings():
        # crowd-kit 1.4 passes keywords that pandas 3 takes and pandas 4 will not: pinned below it.
        warnings.simplefilter("ignore")
        found = model.fit_predict_proba(
            table, pd.Series(certain, dtype="int64") if certain else None
        )
    posteriors = np.zeros((task_count, answer_count))
    rows, columns = found.index.to_numpy(np.int64), found.columns.to_numpy(np.int64)
    posteriors[np.ix_(rows, columns)] = found.to_numpy()
    posteriors /= posteriors.sum(axis=1, keepdims=True)
    return Truth(
        posteriors=posteriors,
        confusion=_confusion(answers, posteriors, person_count),
        prevalence=posteriors.mean(axis=0),
        iterations=len(model.loss_history_),
    )


def _confusion(
    answers: Answers, posteriors: NDArray[np.float64], person_count: int
) -> NDArray[np.float64]:
    """(W, K, K): the M-step's estimate under these posteriors, true answer before what was said."""
    answer_count = posteriors.shape[1]
    counts = np.zeros((person_count, answer_count, answer_count))  # person, said, true
    np.add.at(counts, (answers.people, answers.values), posteriors[answers.tasks])
    counts = counts.transpose(0, 2, 1)
    met = counts.sum(axis=2, keepdims=True)
    confusion = np.zeros_like(counts)
    np.divide(counts, met, out=confusion, where=met > 1e-6)
    return confusion
