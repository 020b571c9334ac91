"""The simulated annotator: how the method is measured without people.

It knows the held-back classes of real images, and judges synthetic ones by a
reference model trained on all of these. It answers through the same services
as people do, and learns nothing that they could not.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from apps.accounts.models import User
from apps.images.contents import image_bytes
from apps.images.models import Image
from apps.loops.models import Round
from apps.loops.rounds import reviews_due
from apps.projects.models import AnnotationClass, Project
from apps.projects.selectors import annotation_class_list, image_shape
from apps.review.batches.acceptance import acceptance_update
from apps.review.models import Review, ReviewTask
from apps.review.queue.reservations import reservation_take
from apps.review.services import Answer, reviews_record
from apps.training.models import TrainingRun
from ml_engine.classifiers.inference import Classifier, load_classifier
from ml_engine.packs import prepare
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import engine_path

BATCH = {ReviewTask.Kind.ANNOTATE: 50, ReviewTask.Kind.VALIDATE: 1}
"""Tasks answered at once. A batch is looked at one image at a time, so that the looks end where
its test does, however fast the conductor is."""
SURE = 0.5
"""Below this probability the reference model sees no class at all in a synthetic image."""
Verdict = Review.Verdict


def answer_as_oracle(context: JobContext) -> dict[str, Any]:
    """The job: answer what a round still waits for, and no more."""
    round_ = Round.objects.select_related("project").get(pk=context.payload["round"])
    reference = TrainingRun.objects.get(pk=context.payload["reference"])
    user = User.objects.get(pk=context.payload["user"])
    return dict(Oracle(context.project, user, reference).answer(round_))


class Oracle:
    """Knows what is held back, and what the reference model sees."""

    def __init__(self, project: Project, user: User, reference: TrainingRun) -> None:
        self.project, self.user = project, user
        self._shape = image_shape(project)
        self._classes = annotation_class_list(project)
        self._reference: Classifier = load_classifier(engine_path(reference.checkpoint.folder))

    def answer(self, round_: Round) -> Counter[str]:
        """Answer the round's due decisions, in the queue's order; returns verdicts by count."""
        verdicts: Counter[str] = Counter()
        for kind, size in BATCH.items():
            while due := reviews_due(round_)[kind]:
                tasks, _ = reservation_take(
                    project=self.project, user=self.user, size=min(due, size), kinds=[kind]
                )
                answers = [self._answer(task) for task in tasks]
                if not answers:
                    break  # what is due is held by somebody else
                reviews_record(project=self.project, user=self.user, answers=answers)
                verdicts.update(answer.verdict for answer in answers)
                if round_.generation_run_id:
                    acceptance_update(batch=round_.generation_run_id)
        return verdicts

    def _answer(self, task: ReviewTask) -> Answer:
        if task.kind == ReviewTask.Kind.ANNOTATE:
            verdict, name = self._annotate(task.image)
        else:
            verdict, name = self._validate(task)
        key = hashlib.sha256(f"oracle:{task.pk}".encode()).hexdigest()
        return Answer(task=task.pk, verdict=verdict, annotation_class=name, key=key)

    def _annotate(self, image: Image) -> tuple[Verdict, str | None]:
        known = getattr(image, "held_back_class", None)
        if known is None:
            return Verdict.UNCLEAR, None
        return Verdict.CLASS, known.annotation_class.name

    def _validate(self, task: ReviewTask) -> tuple[Verdict, str | None]:
        probabilities = self._reference.probabilities(self._pixels(task.image)[None])[0]
        seen: AnnotationClass = self._classes[int(probabilities.argmax())]
        if probabilities.max() < SURE:
            return Verdict.IMPLAUSIBLE, None
        if seen.pk != task.context["annotation_class"]:
            return Verdict.WRONG_CLASS, seen.name
        return Verdict.RIGHT, None

    def _pixels(self, image: Image) -> np.ndarray:
        return prepare(PillowImage.open(io.BytesIO(image_bytes(image))), self._shape)
