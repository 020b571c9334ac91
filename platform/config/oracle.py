"""The simulated annotator: how the method is measured without people.

It knows the held-back classes of real images, and judges synthetic ones by a
reference model trained on all of these. It answers through the same services
as people do, and learns nothing that they could not.
"""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
from django.core.files.storage import default_storage
from PIL import Image as PillowImage

from apps.accounts.models import User
from apps.accounts.services import user_create
from apps.images.models import Image
from apps.loops.models import Round
from apps.loops.rounds import reviews_due
from apps.projects.models import AnnotationClass, Membership, Project
from apps.projects.selectors import annotation_class_list
from apps.review.models import Review, ReviewTask
from apps.review.reservations import reservation_take
from apps.review.services import Answer, reviews_record
from apps.training.models import TrainingRun
from apps.training.services import classifier_train
from ml_engine.classifiers.inference import Classifier, load_classifier
from ml_engine.config import ClassifierConfig
from ml_engine.packs import prepare
from ml_engine.worker.packing import engine_path, image_shape

USERNAME = "oracle"
BATCH = 50
SURE = 0.5
"""Below this probability the reference model sees no class at all in a synthetic image."""
Verdict = Review.Verdict


class NothingHeldBackError(ValueError):
    """The project has no held-back classes to answer from."""


def oracle_join(project: Project) -> User:
    """The simulated annotator as a member of the project."""
    user = User.objects.filter(username=USERNAME).first() or user_create(username=USERNAME)
    Membership.objects.get_or_create(
        project=project, user=user, defaults={"role": Membership.Role.ANNOTATOR}
    )
    return user


def reference_train(project: Project, config: ClassifierConfig, seed: int) -> TrainingRun:
    """Ask for the reference model: a classifier that has seen every held-back class."""
    truth = Image.objects.filter(project=project, held_back_class__isnull=False)
    held_back = truth.values_list("sha256", "held_back_class__annotation_class__position")
    annotated = Image.objects.filter(
        project=project,
        split=Image.Split.TRAIN,
        origin=Image.Origin.REAL,
        annotation_class__isnull=False,
    ).values_list("sha256", "annotation_class__position")
    rows = sorted({**dict(annotated), **dict(held_back)}.items())
    if not truth.exists():
        raise NothingHeldBackError(
            f"The project {project.slug} holds no classes back, so nothing is known to simulate"
            " an annotator with. The demo does: ./manage.py demo."
        )
    return classifier_train(
        project=project,
        purpose="reference",
        config=config,
        seed=seed,
        rows=rows,
        title="Simulated annotator: train its reference model",
        key=f"reference:{seed}",
        evaluate_on=["select"],
    )


class Oracle:
    """Answers what a round still waits for, and no more."""

    def __init__(self, project: Project, reference: TrainingRun) -> None:
        self.project = project
        self.user = oracle_join(project)
        self._shape = image_shape(project)
        self._classes = annotation_class_list(project)
        self._reference: Classifier = load_classifier(engine_path(reference.checkpoint.folder))

    def answer(self, round_: Round) -> Counter[str]:
        """Answer the round's due decisions, in the queue's order; returns verdicts by count."""
        verdicts: Counter[str] = Counter()
        for kind, due in reviews_due(round_).items():
            for answered in range(0, due, BATCH):
                size = min(due - answered, BATCH)
                tasks, _ = reservation_take(
                    project=self.project, user=self.user, size=size, kinds=[kind]
                )
                answers = [self._answer(task) for task in tasks]
                reviews_record(project=self.project, user=self.user, answers=answers)
                verdicts.update(answer.verdict for answer in answers)
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
        with default_storage.open(image.file, "rb") as file:
            return prepare(PillowImage.open(file), self._shape)
