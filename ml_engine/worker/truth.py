"""The job that judges tasks of several answers again, knowing how each person errs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.review.answers.consensus import Posterior, Vote, shares
from apps.review.answers.rejudging import (
    JUDGED_KINDS,
    Estimate,
    GivenAnswer,
    answers_list,
    judgements_revise,
    truths_known,
)
from apps.review.models import Judgement, ReviewSettings
from apps.review.selectors import review_settings_get
from ml_engine.config import EngineEvent, StopRequestedError
from ml_engine.truth import Answers, dawid_skene
from ml_engine.worker.context import JobContext

BATCH = 200
"""Tasks revised in one transaction: their people wait no longer than that takes."""


def judge(context: JobContext) -> dict[str, Any]:
    """Judge all tasks of at least two answers again, by the method that the project has chosen."""
    settings = review_settings_get(context.project)
    is_weighed = settings.truth_method == ReviewSettings.TruthMethod.DAWID_SKENE
    method = Judgement.Method.DAWID_SKENE if is_weighed else Judgement.Method.MAJORITY
    result: dict[str, Any] = {"method": method.value}
    for kind in JUDGED_KINDS:
        answers = answers_list(context.project, kind)
        known = truths_known(context.project, kind)
        posteriors = _weighed(answers, known) if is_weighed else _counted(answers)
        in_question = {task: posteriors[task] for task in sorted(posteriors) if task not in known}
        result[kind.value] = _revise(context, kind, method, answers, in_question)
    return result


def _weighed(answers: Sequence[GivenAnswer], known: dict[int, Vote]) -> dict[int, Posterior]:
    """Posteriors by Dawid and Skene's model, fitted to all these answers at once."""
    votes = sorted({answer.vote for answer in answers}, key=str)
    tasks = sorted({answer.task for answer in answers})
    people = sorted({answer.person for answer in answers})
    vote_index = {vote: index for index, vote in enumerate(votes)}
    task_index = {task: index for index, task in enumerate(tasks)}
    person_index = {person: index for index, person in enumerate(people)}
    truth = dawid_skene(
        Answers(
            tasks=np.array([task_index[answer.task] for answer in answers], np.int64),
            people=np.array([person_index[answer.person] for answer in answers], np.int64),
            values=np.array([vote_index[answer.vote] for answer in answers], np.int64),
        ),
        answer_count=len(votes),
        known={
            task_index[task]: vote_index[vote]
            for task, vote in known.items()
            if task in task_index and vote in vote_index
        },
    )
    return {
        task: dict(zip(votes, posterior, strict=True))
        for task, posterior in zip(tasks, truth.posteriors.tolist(), strict=True)
    }


def _counted(answers: Sequence[GivenAnswer]) -> dict[int, Posterior]:
    """Shares of the votes."""
    votes: defaultdict[int, list[Vote]] = defaultdict(list)
    for answer in answers:
        votes[answer.task].append(answer.vote)
    return {task: shares(given) for task, given in votes.items()}


def _revise(
    context: JobContext,
    kind: str,
    method: str,
    answers: Sequence[GivenAnswer],
    posteriors: dict[int, Posterior],
) -> dict[str, int]:
    """Write what has changed, batch by batch; begun again, it finds done what was done."""
    reviews: defaultdict[int, set[str]] = defaultdict(set)
    for answer in answers:
        reviews[answer.task].add(answer.review)
    tasks = list(posteriors)
    changed = 0
    for start in range(0, len(tasks), BATCH):
        if context.should_stop():
            raise StopRequestedError
        changed += judgements_revise(
            claim=context.claim,
            project=context.project,
            method=method,
            estimates={
                task: Estimate(frozenset(reviews[task]), posteriors[task])
                for task in tasks[start : start + BATCH]
            },
        )
        context.publish(EngineEvent("progress", start, len(tasks), {}, f"Judging {kind}"))
    return {"tasks": len(tasks), "changed": changed}
