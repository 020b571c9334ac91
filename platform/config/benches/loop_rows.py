"""A loop of any length, written row by row as its rounds would leave it, but in seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from apps.accounts.models import User
from apps.evaluation.models import EvaluatedImages, EvaluationRun, Metric
from apps.evaluation.services import positions_pack, positions_unpack
from apps.generation.models import GenerationRun, SyntheticImage
from apps.images.models import Image
from apps.jobs.models import Job
from apps.jobs.services import event_publish
from apps.loops.models import Arm, Decision, Loop, Mix, Round
from apps.loops.selection import RANDOM
from apps.projects.models import AnnotationClass, Project
from apps.projects.selectors import annotation_class_list
from apps.review.models import AcceptanceTest, Judgement, Review, ReviewTask
from apps.training.models import Checkpoint, TrainingRun

RATIOS = {0.0: 12, 0.5: 12, 1.0: 3}
"""Seeds of each ratio at the end of a round."""
BEGAN = 200
"""Annotated images before the first round."""
SECONDS_A_JOB = 4
WRONG = 0.3
"""Of the classifier's guesses."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much a round has."""

    asked: int = 60
    made: int = 300
    looked_at: int = 20
    measured: int = 2_000
    """Images of select."""


SMALL = Size(asked=6, made=6, looked_at=3, measured=30)


def rounds_write(project: Project, count: int, size: Size = SMALL) -> None:
    """Let the project have so many finished rounds; those that it has are kept."""
    Loop.objects.get_or_create(project=project)
    has = Round.objects.filter(project=project).count()
    user, _ = User.objects.get_or_create(username=f"annotator-of-{project.slug}")
    classes = annotation_class_list(project)
    measured = _measured(project, classes, size)
    for number in range(has + 1, count + 1):
        _Writer(project, user, classes, size, number).write(measured)


def _measured(project: Project, classes: Sequence[AnnotationClass], size: Size) -> _Measured:
    targets = np.arange(size.measured) % len(classes)
    hashes = [_sha256(project.pk, "select", number) for number in range(size.measured)]
    kept, _ = EvaluatedImages.objects.get_or_create(
        project=project,
        images_sha256=hashlib.sha256("\n".join(hashes).encode()).hexdigest(),
        defaults={"hashes": bytes.fromhex("".join(hashes))},
    )
    images = [_image(project, each, "real", "select", "accepted") for each in hashes]
    for image, position in zip(images, targets.tolist(), strict=True):
        image.annotation_class = classes[position]
    Image.objects.bulk_create(images, batch_size=2000, ignore_conflicts=True)
    return _Measured(kept.images_sha256, targets)


@dataclass(frozen=True, slots=True)
class _Measured:
    images_sha256: str
    targets: np.ndarray
    """(N,)"""


class _Writer:
    """One round's rows."""

    def __init__(
        self,
        project: Project,
        user: User,
        classes: Sequence[AnnotationClass],
        size: Size,
        number: int,
    ) -> None:
        self.project, self.user, self.classes, self.size = project, user, classes, size
        self.number = number
        self.draws = np.random.default_rng(number)
        self.accuracy = 0.9 - 1.2 * (BEGAN + number * size.asked) ** -0.35
        self.began: datetime = timezone.now() - timedelta(hours=1)

    def write(self, measured: _Measured) -> None:
        """Everything that a round leaves."""
        round_ = Round.objects.create(
            project=self.project,
            number=self.number,
            seed=self.number,
            step=Round.Step.DONE,
            settings={"strategy": "margin", "arm_seeds": 3},
            finished_at=timezone.now(),
        )
        event_publish(
            project_id=self.project.pk,
            kind="round.step",
            payload={"round": self.number, "step": "train"},
        )
        self._asked()
        round_.generation_run = self._batch()
        arms = self._arms(round_, measured)
        round_.summary = self._summary(arms)
        round_.save()
        self._decision(round_)

    def _images(self, name: str, count: int, origin: str) -> list[Image]:
        images = [
            _image(self.project, _sha256(self.project.pk, self.number, name, n), origin)
            for n in range(count)
        ]
        return Image.objects.bulk_create(images, batch_size=2000)

    def _tasks(self, images: Sequence[Image], answered: int, **values: Any) -> list[ReviewTask]:
        return [
            ReviewTask(
                project=self.project,
                image=image,
                status="done" if n < answered else "withdrawn",
                round_number=self.number,
                expected_class=self.classes[n % len(self.classes)],
                free_places=0,
                **values,
            )
            for n, image in enumerate(images)
        ]

    def _asked(self) -> None:
        images = self._images("pool", self.size.asked, "real")
        tasks = self._tasks(images, self.size.asked, kind="annotate", reason="margin")
        for task in tasks[::5]:
            task.reason = RANDOM
        self._answered(tasks, "class")

    def _answered(self, tasks: list[ReviewTask], verdict: str) -> None:
        ReviewTask.objects.bulk_create(tasks, batch_size=2000)
        done = [task for task in tasks if task.status == "done"]
        guessed = [task.expected_class for task in done]
        seen = [
            wrong if self.draws.random() < WRONG else right
            for right, wrong in zip(guessed, [*guessed[1:], guessed[0]], strict=True)
        ]
        Review.objects.bulk_create(
            Review(
                task=task,
                user=self.user,
                verdict=verdict,
                annotation_class=saw if verdict == "class" else None,
                seconds=float(self.draws.uniform(2, 8)),
                key=str(task.pk),
            )
            for task, saw in zip(done, seen, strict=True)
        )
        Judgement.objects.bulk_create(
            Judgement(
                task=task,
                method="majority",
                verdict=verdict,
                annotation_class=saw if verdict == "class" else None,
                confidence=1.0,
            )
            for task, saw in zip(done, seen, strict=True)
        )

    def _batch(self) -> GenerationRun:
        run = GenerationRun.objects.create(
            project=self.project,
            checkpoint=self._trained("generator", [f"round:{self.number}:generator"])[0],
            round_number=self.number,
            seed=self.number,
            diversity={"coverage": {"value": 0.6, "low": 0.5, "high": 0.7}},
            admitted=True,
        )
        images = self._images("synthetic", self.size.made, "synthetic")
        SyntheticImage.objects.bulk_create(
            SyntheticImage(
                image=image,
                generation_run=run,
                sample_index=n,
                latent=b"",
                annotation_class=self.classes[n % len(self.classes)],
            )
            for n, image in enumerate(images)
        )
        tasks = self._tasks(
            images, self.size.looked_at, kind="validate", reason="random draw", batch=run.pk
        )
        self._answered(tasks, "right")
        AcceptanceTest.objects.create(
            project=self.project,
            batch=run.pk,
            size=len(images),
            allowed_defects=0.2,
            confidence=0.95,
            status="certified",
            looks=self.size.looked_at,
        )
        return run

    def _trained(self, kind: str, keys: Sequence[str]) -> list[Checkpoint]:
        """A training each, with what it left."""
        jobs = [
            Job(
                project=self.project,
                kind=f"train_{kind}",
                title=key,
                key=key,
                status="succeeded",
                started_at=self.began,
                finished_at=self.began + timedelta(seconds=SECONDS_A_JOB),
            )
            for key in keys
        ]
        runs = [
            TrainingRun(
                project=self.project,
                kind=kind,
                family="small_cnn" if kind == "classifier" else "conditional_gan",
                purpose="arm" if kind == "classifier" else kind,
                config={},
                manifest={"count": BEGAN + self.number * self.size.asked},
                seed=seed,
                job=job,
                round_number=self.number,
                finished_at=timezone.now(),
            )
            for seed, job in enumerate(Job.objects.bulk_create(jobs))
        ]
        return Checkpoint.objects.bulk_create(
            Checkpoint(
                project=self.project, training_run=run, kind=kind, folder="", sha256=_sha256(key)
            )
            for key, run in zip(keys, TrainingRun.objects.bulk_create(runs), strict=True)
        )

    def _arms(self, round_: Round, measured: _Measured) -> dict[float, list[float]]:
        return {
            ratio: self._arms_of(round_, measured, ratio, seeds) for ratio, seeds in RATIOS.items()
        }

    def _arms_of(self, round_: Round, measured: _Measured, ratio: float, seeds: int) -> list[float]:
        keys = [f"round:{self.number}:arm:{ratio:g}:{seed}" for seed in range(seeds)]
        checkpoints = self._trained("classifier", keys)
        runs = EvaluationRun.objects.bulk_create(
            self._evaluation(checkpoint, measured, ratio) for checkpoint in checkpoints
        )
        accuracies = [_accuracy(run) for run in runs]
        Metric.objects.bulk_create(
            metric
            for run, accuracy in zip(runs, accuracies, strict=True)
            for metric in self._metrics(run, accuracy)
        )
        Arm.objects.bulk_create(
            Arm(
                round=round_,
                ratio=ratio,
                seed=seed,
                training_run=run.checkpoint.training_run,
                evaluation_run=run,
                accuracy=accuracy,
            )
            for seed, (run, accuracy) in enumerate(zip(runs, accuracies, strict=True))
        )
        return accuracies

    def _evaluation(
        self, checkpoint: Checkpoint, measured: _Measured, ratio: float
    ) -> EvaluationRun:
        wanted = self.accuracy + 0.01 * ratio + self.draws.normal(0, 0.008)
        right = self.draws.random(len(measured.targets)) < wanted
        seen = np.where(right, measured.targets, (measured.targets + 1) % len(self.classes))
        return EvaluationRun(
            project=self.project,
            checkpoint=checkpoint,
            split="select",
            image_count=len(right),
            images_sha256=measured.images_sha256,
            targets=positions_pack(measured.targets.tolist()),
            predictions=positions_pack(seen.tolist()),
            round_number=self.number,
        )

    def _metrics(self, run: EvaluationRun, accuracy: float) -> Iterator[Metric]:
        bounds = {"value": accuracy, "low": accuracy - 0.02, "high": accuracy + 0.02}
        for name in ("accuracy", "macro_f1", "calibration_error"):
            yield Metric(evaluation_run=run, name=name, **bounds)
        for each in self.classes:
            yield Metric(evaluation_run=run, name="recall", annotation_class=each, **bounds)

    def _summary(self, arms: dict[float, list[float]]) -> dict[str, Any]:
        told = [
            {
                "ratio": ratio,
                "accuracy": _interval(float(np.mean(per_seed))),
                "per_seed": [round(value, 5) for value in per_seed],
                "synthetic_count": int(100 * ratio),
            }
            for ratio, per_seed in arms.items()
        ]
        return {
            "annotated": BEGAN + self.number * self.size.asked,
            "synthetic_accepted": self.size.made,
            "ratio": 0.5,
            "ratio_asked": 0.5,
            "split": "select",
            "image_count": self.size.measured,
            "seeds": list(range(len(arms[0.0]))),
            "real_only": {"accuracy": told[0]["accuracy"]},
            "mixed": {"accuracy": told[1]["accuracy"], "ratio": 0.5},
            "mixed_from": {str(self.number): self.size.made},
            "arms": told,
        }

    def _decision(self, round_: Round) -> None:
        real = round_.summary["annotated"]
        mix = Mix.objects.create(
            project=self.project,
            round=round_,
            ratio=0.5,
            most_synthetic_per_real=3,
            seed=0,
            real_count=real,
            synthetic_count=real // 2,
            images_sha256=_sha256(self.number),
        )
        Decision.objects.create(
            round=round_,
            mix=mix,
            outcome="accepted",
            candidate_ratio=0.5,
            gain=0.01,
            low=0.002,
            high=0.018,
            reason="On test, ratio 0.5 was 1.0 points better than real images alone.",
        )


def _accuracy(run: EvaluationRun) -> float:
    targets, seen = (positions_unpack(bytes(packed)) for packed in (run.targets, run.predictions))
    return float(np.equal(targets, seen).mean())


def _interval(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.015, "high": value + 0.015}


def _image(
    project: Project, sha256: str, origin: str, split: str = "train", status: str = "accepted"
) -> Image:
    return Image(
        project=project,
        origin=origin,
        split=split,
        status=status,
        sha256=sha256,
        name=sha256[:12],
        file="",
        thumbnail="",
        format="png",
        width=28,
        height=28,
        byte_size=500,
    )


def _sha256(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()
