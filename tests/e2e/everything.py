"""A project in which every page has something to show, whatever the loop is doing.

Made inside the running site: `site.python("from tests.e2e.everything import make; …")`.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from PIL import Image as PillowImage

from apps.accounts.models import User
from apps.accounts.services import api_token_create, sign_in_link_create
from apps.datasets.models import DatasetVersion
from apps.datasets.selection import Selection
from apps.datasets.services import version_freeze
from apps.evaluation.models import EvaluatedImages, EvaluationRun, Metric
from apps.evaluation.services import positions_pack
from apps.generation.models import GenerationRun
from apps.images.models import Image, Slice
from apps.images.quality.policies import quality_policy_change
from apps.images.selectors import image_manifest
from apps.images.services import images_ingest, synthetic_images_store
from apps.images.slices.services import slice_create
from apps.images.sources import Source
from apps.imports.models import Import
from apps.imports.services import import_create
from apps.jobs.models import Job
from apps.jobs.services import Claim, event_publish
from apps.loops.models import Decision, Loop, Mix, Round
from apps.projects.models import Project
from apps.projects.services import membership_set, project_create
from apps.review.batches.acceptance import acceptance_open, acceptance_update
from apps.review.batches.realism import realism_test_create
from apps.review.models import Judgement, Remark
from apps.training.doubts.services import FoundDoubt, doubts_record
from apps.training.models import Checkpoint, RefinementTurn, TrainingRun
from apps.training.services import curve_point_record, notice_record, sample_sheet_store
from ml_engine.config import generator_config
from tests.datasets.versions import export_of
from tests.factories import (
    CheckpointFactory,
    DirectionFactory,
    GenerationRunFactory,
    JobFactory,
    PlaceFactory,
    ReviewFactory,
    ReviewTaskFactory,
    SyntheticImageFactory,
    UserFactory,
    WebhookFactory,
)
from tests.images.pictures import encoded, picture

CLASSES = ["boot", "coat", "shirt"]
LATER = timedelta(days=1)


def make() -> dict[str, object]:
    """Make it, and a project with nothing in it.

    Returns what addresses are filled in with, and an annotator's sign-in link.
    """
    admin = User.objects.get(username="admin")
    project = project_create(
        name="Everything",
        slug="everything",
        classes=CLASSES,
        created_by=admin,
        training_size=28,
        channels=1,
        description="Something on every page.",
    )
    project_create(name="Nothing", slug="nothing", classes=CLASSES, created_by=admin)
    ada = UserFactory(username="ada")
    membership_set(project=project, username="ada", role="annotator", actor=admin)
    api_token_create(user=admin, name="script")
    real = _real_images(project)
    _image_set_apart(project)
    jobs = _jobs(project)
    classifier = _classifier(project, jobs["succeeded"])
    _doubts(classifier, jobs["running"], real)
    slice_ = _slices(project, real)
    run = _batch(project, classifier, real)
    _refinement(project, classifier, run)
    _rounds(project, classifier, run)
    review = _questions(project, run, real, ada)
    version = _versions(project, jobs["running"], real)
    Mix.objects.filter(project=project).update(version=version, asked_ratio=0.5)
    return {
        "slug": project.slug,
        "link": sign_in_link_create(user=ada),
        "secret": sign_in_link_create(user=ada),
        "token_id": 0,
        "image_id": run.synthetic_images.first().image_id,
        "real_image": real[0].pk,
        "run_id": run.checkpoint.training_run_id,
        "evaluation_id": classifier.evaluation_runs.get().pk,
        "classifier": classifier.training_run_id,
        "job_id": str(jobs["failed"].pk),
        "running_job": str(jobs["running"].pk),
        "number": 2,
        "other": 1,
        "batch_id": run.pk,
        "username": "ada",
        "export_id": export_of(version, b"an archive").pk,
        "mix_id": Mix.objects.filter(project=project).latest("pk").pk,
        "place_id": _place(project),
        "import_id": import_create(project=project, created_by=admin, title="winter boots").pk,
        "webhook_id": WebhookFactory(project=project).pk,
        "slice_id": slice_.pk,
        "direction_id": DirectionFactory(
            project=project, checkpoint=run.checkpoint, name="longer sleeves"
        ).pk,
        **review,
    }


def _slices(project: Project, real: list[Image]) -> Slice:
    """One by metadata that has none, and one by hand of which some were measured."""
    slice_create(project=project, actor=None, name="by night", rule={"light": "night"})
    return slice_create(
        project=project,
        actor=None,
        name="coat taken for boot",
        description="What the first classifier could not tell apart.",
        image_ids=[image.pk for image in real[:5]],
        is_of_errors=True,
    )


def _place(project: Project) -> int:
    """A bucket with a sync behind it."""
    place = PlaceFactory(
        project=project, name="Camera", kind="s3", bucket="pictures", folder="", prefix="2026/"
    )
    Import.objects.create(
        project=project, title="Sync of Camera", place=place, accepted=20, refused=1, unchanged=9,
        total=30, ended_at=timezone.now(),
    )  # fmt: skip
    return int(place.pk)


def _real_images(project: Project) -> list[Image]:
    sources = [
        Source(
            f"real-{seed}.png",
            encoded(picture(seed)),
            annotation_class=CLASSES[seed % 3] if seed < 12 else None,
        )
        for seed in range(24)
    ]
    broken = Source("notes.png", b"these are only words")
    return images_ingest(project=project, sources=[*sources, broken]).accepted


def _image_set_apart(project: Project) -> None:
    quality_policy_change(project=project, by=None, least_sharpness=1.0)
    even = Source("even.png", encoded(PillowImage.new("L", (28, 28), 128)))
    images_ingest(project=project, sources=[even])


def _jobs(project: Project) -> dict[str, Job]:
    """One job in each state, out of the workers' and the reaper's reach."""
    now = timezone.now()
    common = {"project": project, "worker": "nobody", "attempt": 1, "rung_at": now + LATER}
    jobs = {
        "succeeded": JobFactory(**common, status="succeeded", progress=1, finished_at=now),
        "cancelled": JobFactory(**common, status="cancelled", progress=0.3, finished_at=now),
        "queued": JobFactory(**common, status="queued"),
        "running": JobFactory(
            **common,
            title="Train the classifier",
            status="running",
            progress=0.4,
            message="step 40 of 100",
            started_at=now,
            heartbeat_at=now + LATER,
        ),
        "failed": JobFactory(
            **common,
            status="failed",
            finished_at=now,
            error="The disk is full; make room, then retry.",
            traceback="Traceback (most recent call last):\n  …\nOSError: no space left on device",
        ),
    }
    for line in range(40):
        event_publish(
            project_id=project.pk,
            kind="job.progress",
            payload={"message": f"step {line}"},
            job_id=jobs["failed"].pk,
        )
    return jobs


def _classifier(project: Project, job: Job) -> Checkpoint:
    checkpoint = CheckpointFactory(project=project)
    run = checkpoint.training_run
    TrainingRun.objects.filter(pk=run.pk).update(
        job=job,
        round_number=1,
        finished_at=timezone.now(),
        config={"steps": 100, "network": "small_cnn"},
        manifest={"count": 12, "sha256": "1" * 64},
    )
    for step in range(0, 100, 10):
        curve_point_record(
            training_run=run,
            step=step,
            values={"loss": 2 - step / 60, "train_accuracy": step / 110, "score": step / 50},
        )
    shown = image_manifest(Image.objects.filter(project=project))
    positions = [position for _, position in shown]
    evaluation = EvaluationRun.objects.create(
        project=project,
        checkpoint=checkpoint,
        split="select",
        image_count=len(shown),
        images_sha256="2" * 64,
        round_number=1,
        targets=positions_pack(positions),
        predictions=positions_pack([*positions[1:], 0]),
    )
    EvaluatedImages.objects.create(
        project=project,
        images_sha256=evaluation.images_sha256,
        hashes=bytes.fromhex("".join(sha256 for sha256, _ in shown)),
    )
    classes = [None, *project.annotation_classes.order_by("position")]
    Metric.objects.bulk_create(
        Metric(
            evaluation_run=evaluation,
            name="recall" if annotation_class else "accuracy",
            annotation_class=annotation_class,
            value=0.8,
            low=0.75,
            high=0.85,
        )
        for annotation_class in classes
    )
    return checkpoint


def _batch(project: Project, classifier: Checkpoint, real: list[Image]) -> GenerationRun:
    """A collapsed batch of nine images, three of each class."""
    generator = _generator(project, "conditional_gan")
    _generator(project, "pca", coverage=None)
    _generator(project, "vae")
    run = GenerationRunFactory(
        project=project,
        checkpoint=generator,
        classifier=classifier,
        round_number=1,
        collapsed=True,
        collapse_reason="Its boots are all alike.",
        diversity={
            "coverage": {"value": 0.2, "low": 0.1, "high": 0.3},
            "density": 0.5,
            "k": 5,
            "real_count": 12,
            "classes": [
                {"class": name, "coverage": 0.2, "density": 0.4, "pairwise_ratio": 0.3,
                 "count": 3, "collapsed": name == "boot"}
                for name in CLASSES
            ],
        },
    )  # fmt: skip
    GenerationRunFactory(
        project=project,
        checkpoint=generator,
        classifier=classifier,
        round_number=2,
        held_reason="The generator copies: 90% of its images nearly equal a training image (at"
        " most 0.1 is allowed).",
        guards=[
            {"guard": "most_near_copies", "value": 0.9, "low": 0.8, "high": 0.95, "limit": 0.1,
             "is_breached": True},
        ],
    )  # fmt: skip
    seeds = range(100, 109)
    stored = synthetic_images_store(
        project=project,
        pictures=[encoded(picture(seed)) for seed in seeds],
        names=[f"synthetic-{seed}.png" for seed in seeds],
    )
    classes = list(project.annotation_classes.order_by("position"))
    for index, image in enumerate(stored.accepted):
        SyntheticImageFactory(
            project=project,
            image=image,
            generation_run=run,
            annotation_class=classes[index % 3],
            parent=real[-1],
            parent_distance=0.3,
            uncertainty=0.7,
            nearest=[[real[0].pk, 0.2], [real[1].pk, 0.4]],
        )
    return run


def _refinement(project: Project, classifier: Checkpoint, run: GenerationRun) -> None:
    """A turn in which the batch's generator learnt from an image of the batch; one unmeasured."""
    fed = [[run.synthetic_images.first().image.sha256, 0]]
    figures = {
        name: {"value": 0.4, "low": 0.3, "high": 0.5}
        for name in ("coverage", "density", "kid", "precision", "recall")
    }
    side = {"generator": run.checkpoint_id, "image_count": 12, "figures": figures, "refusals": {}}
    common = {"project": project, "classifier": classifier, "confidence": 0.8, "offered": 40}
    RefinementTurn.objects.create(
        **common,
        number=1,
        round_number=1,
        generator_before=_generator(project, "pca"),
        training_run=run.checkpoint.training_run,
        rows=fed,
        fed_rows=fed,
        report={
            "network": "classifier of round 1 (sha 0000)", "split": "guidance", "seed": 7,
            "before": side, "after": side,
        },
    )  # fmt: skip
    RefinementTurn.objects.create(
        **common, number=2, round_number=2, generator_before=run.checkpoint, rows=fed
    )


def _generator(project: Project, family: str, coverage: float | None = 0.4) -> Checkpoint:
    """A generator with two sheets, its health and an alarm."""
    health = {
        "step": 10, "network": "classifier of round 1 (sha 0000)", "image_count": 12,
        "coverage": coverage, "coverage_low": 0.3, "coverage_high": 0.5,
        "kid": 0.01, "kid_low": 0.0, "kid_high": 0.02,
        "collapsed": True, "reason": "All alike.",
    }  # fmt: skip
    generator = CheckpointFactory(
        project=project,
        kind="generator",
        metadata={"health": health, "seconds": 75.0, "byte_size": 1_200_000},
    )
    run = generator.training_run
    run.family, run.config = family, generator_config(family).to_json()
    run.finished_at, run.purpose = timezone.now(), "generator"
    run.save()
    for step in (10, 20):
        sheet = encoded(picture(990 + step, (84, 84)))
        sample_sheet_store(training_run=run, png=sheet, step=step)
        curve_point_record(
            training_run=run,
            step=step,
            values={"loss_g": 1, "loss_d": 2, "coverage": 0.4, "coverage_low": 0.3,
                    "coverage_high": 0.5, "kid": 0.01, "gradient_g": 1, "overfitting": 0.1},
        )  # fmt: skip
    for kind in ("warning", "alarm"):
        notice_record(training_run=run, kind=kind, step=10, message=f"A {kind} of its boots.")
    return generator


def _rounds(project: Project, classifier: Checkpoint, run: GenerationRun) -> None:
    """Two rounds that are done and one at review, in a loop that is paused."""
    loop, _ = Loop.objects.get_or_create(project=project)
    now = timezone.now()
    share = {"value": 0.71, "low": 0.69, "high": 0.73}
    outcomes = [("accepted", 0.5), ("refused", 0.0)]
    for number, (outcome, ratio) in enumerate(outcomes, 1):
        round_ = Round.objects.create(
            project=project,
            number=number,
            seed=number,
            settings={},
            step="done",
            finished_at=now,
            summary={
                "annotated": 12,
                "ratio": ratio,
                "split": "select",
                "image_count": 200,
                "seeds": [1, 2, 3],
                "real_only": {"accuracy": share},
                "mixed": {"accuracy": share},
            },
        )
        mix = Mix.objects.create(
            project=project,
            round=round_,
            ratio=ratio,
            most_synthetic_per_real=3,
            seed=1,
            real_count=12,
            synthetic_count=int(12 * ratio),
            images_sha256=str(number) * 64,
        )
        for reason in (
            "On test it was better.",
            "No class fell.",
            "Two more sentences of reasons.",
        ):
            Decision.objects.create(
                round=round_, mix=mix, outcome=outcome, candidate_ratio=ratio, reason=reason
            )
    Loop.objects.filter(pk=loop.pk).update(
        mix=mix, status="paused", status_reason="A job failed: the disk is full."
    )
    Round.objects.create(
        project=project,
        number=3,
        seed=3,
        settings={"annotate_quota": 5, "validate_quota": 5},
        step="review",
        classifier=classifier,
        generator=run.checkpoint,
        generation_run=run,
    )


def _questions(
    project: Project, run: GenerationRun, real: list[Image], ada: User
) -> dict[str, object]:
    """Open questions of every kind, some answers, and what is kept of both."""
    boot, coat, _ = project.annotation_classes.order_by("position")
    synthetic = {lineage.image: lineage.annotation_class for lineage in run.synthetic_images.all()}
    for image in real[12:18]:
        ReviewTaskFactory(project=project, image=image, round_number=3, expected_class=coat)
    tasks = [
        ReviewTaskFactory(
            project=project,
            image=image,
            kind="validate",
            round_number=3,
            expected_class=asked_for,
            batch=run.pk,
            context={"annotation_class": asked_for.pk},
        )
        for image, asked_for in synthetic.items()
    ]
    acceptance_open(project=project, batch=run.pk, strata={boot.pk: 3, coat.pk: 3})
    answered = tasks[0]
    review = ReviewFactory(task=answered, user=ada, verdict="artefact", key="first")
    answered.status, answered.free_places, answered.done_at = "done", 0, timezone.now()
    answered.save()
    acceptance_update(batch=run.pk)
    ReviewFactory(
        task=tasks[1], user=ada, verdict="right", key="second", superseded_at=timezone.now()
    )
    disputed = ReviewTaskFactory(
        project=project, image=real[20], status="done", reviews_needed=2, free_places=0
    )
    people = [ada, UserFactory(username="bob")]
    for person, annotation_class in zip(people, (boot, coat), strict=True):
        ReviewFactory(
            task=disputed, user=person, verdict="class", annotation_class=annotation_class
        )
    Judgement.objects.create(task=disputed, method="majority", confidence=0.5)
    ReviewTaskFactory(project=project, image=real[20], kind="adjudicate", about=disputed)
    ReviewTaskFactory(
        project=project,
        image=real[21],
        status="gold",
        gold_verdict="class",
        gold_class=boot,
        reviews_needed=30000,
        free_places=30000,
    )
    remark = Remark.objects.create(task=tasks[2], user=ada, kind="flag", text="Is this a boot?")
    test = realism_test_create(
        project=project,
        batch=run.pk,
        synthetic={image.pk: asked_for.pk for image, asked_for in synthetic.items()},
        count=3,
        seed=0,
    )
    return {
        "review_id": str(review.pk),
        "task_id": test.tasks.first().pk,
        "remark_id": remark.pk,
        "test_id": test.pk,
    }


def _doubts(classifier: Checkpoint, job: Job, real: list[Image]) -> None:
    """One image that hardly belongs, and one annotation that is hardly right."""
    coat = classifier.project.annotation_classes.get(name="coat")
    pool = next(image for image in real if image.split == Image.Split.POOL)
    annotated = next(image for image in real if image.annotation_class_id)
    far = "Unlike all annotated images by its light and shade: 1.70 times as far as is usual."
    near = "Among the 10 images nearest to it, coat is ahead of its own class by 60%."
    found = [
        FoundDoubt(pool.pk, "outlier", "coarse", 1.7, 1.0, far, would_ask=True),
        FoundDoubt(annotated.pk, "mislabelled", "margin", 0.6, 0.4, near, coat.pk),
    ]
    doubts_record(claim=Claim(job.pk, job.attempt), checkpoint=classifier, found=found)


def _versions(project: Project, job: Job, real: list[Image]) -> DatasetVersion:
    """The second of two frozen versions that differ in one image."""
    for annotated in (real[:0], real[18:19]):
        for image in annotated:
            image.annotation_class = project.annotation_classes.get(name="boot")
            image.status, image.split = Image.Status.ACCEPTED, Image.Split.TRAIN
            image.save()
        version, _ = version_freeze(
            claim=Claim(job.pk, job.attempt),
            project=project,
            selection=Selection(),
            note="Before the summer.",
            facts={},
            actor=None,
            should_stop=lambda: False,
        )
    return version
