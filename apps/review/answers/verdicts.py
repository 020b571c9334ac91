"""Which answers a question allows."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from apps.projects.models import AnnotationClass
from apps.review.models import Review, ReviewTask

Verdict = Review.Verdict
ALLOWED = {
    ReviewTask.Kind.ANNOTATE: (Verdict.CLASS, Verdict.UNCLEAR),
    ReviewTask.Kind.VALIDATE: (
        Verdict.RIGHT,
        Verdict.WRONG_CLASS,
        Verdict.IMPLAUSIBLE,
        Verdict.ARTEFACT,
        Verdict.NEAR_COPY,
        Verdict.BAD,
    ),
    ReviewTask.Kind.REALISM: (Verdict.REAL, Verdict.FAKE),
}
"""By kind; an adjudication takes those of the task that it is about."""
LONGEST_KEY = 64
LONGEST_REASON = 60
MOST_REASONS = 10


class AnswerRefused(Exception):  # noqa: N818 — the answer was refused; nothing went wrong here.
    """An answer that is not stored, and why, in a sentence for the person who gave it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's answer to one task, as it was sent."""

    task: int
    verdict: str
    key: str
    """Names this answer for ever: sent again, it is stored once."""
    seconds: float = 0.0
    """How long the person looked."""
    annotation_class: str | None = None
    """The name of the class seen: needed for `class`, optional for `wrong_class`."""
    reasons: list[str] = field(default_factory=list)


def answer_check(answer: Answer) -> None:
    """Refuse an answer that no task could take. Raises `AnswerRefused`."""
    if not 0 < len(answer.key) <= LONGEST_KEY:
        raise AnswerRefused(f"key: 1 to {LONGEST_KEY} characters are needed to store it once.")
    if not (math.isfinite(answer.seconds) and answer.seconds >= 0):
        raise AnswerRefused(f"seconds: {answer.seconds} is no duration; send 0 or more.")
    if len(answer.reasons) > MOST_REASONS or any(
        not 0 < len(reason) <= LONGEST_REASON for reason in answer.reasons
    ):
        raise AnswerRefused(
            f"reasons: at most {MOST_REASONS}, each of 1 to {LONGEST_REASON} characters."
        )


def answer_fits(answer: Answer, task: ReviewTask, annotation_class: AnnotationClass | None) -> None:
    """Refuse an answer that does not fit its task. Raises `AnswerRefused`.

    `annotation_class` is the one that the answer names, where there is such a class.
    """
    question = task.about or task
    allowed = ALLOWED[ReviewTask.Kind(question.kind)]
    if answer.verdict not in allowed:
        raise AnswerRefused(
            f"verdict: {answer.verdict!r} does not answer a task of kind {task.kind};"
            f" choose from {', '.join(allowed)}."
        )
    name = answer.annotation_class
    if name is None:
        if answer.verdict == Verdict.CLASS:
            raise AnswerRefused("class: name the class that the image shows.")
        return
    if answer.verdict not in (Verdict.CLASS, Verdict.WRONG_CLASS):
        raise AnswerRefused(f"class: the verdict {answer.verdict!r} takes none; leave it out.")
    if annotation_class is None:
        raise AnswerRefused(f"class: this project has no class {name!r}.")
