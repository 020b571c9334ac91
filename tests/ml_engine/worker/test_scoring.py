"""What the job `score` writes where a loop's strategy chooses a batch as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from apps.images.models import Image
from apps.jobs.models import Job
from apps.jobs.services import job_enqueue
from apps.loops.models import Loop
from apps.loops.selection import aim_targets, annotation_questions
from apps.projects.models import Project
from apps.training.models import Checkpoint, Prediction, Score
from ml_engine.choosing import Pool, choose
from ml_engine.classifiers.inference import Predictions
from ml_engine.config import BATCH_STRATEGIES, STRATEGIES
from ml_engine.worker import scoring
from tests.factories import CheckpointFactory, ImageFactory
from tests.jobs.working import work

pytestmark = pytest.mark.django_db(transaction=True)
COUNT, SEED = 8, 5


@pytest.fixture
def checkpoint(project: Project, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """A classifier of a pool of 40, of which people saw one, 6 of train and 5 of guidance."""
    coat = project.annotation_classes.all()[1]
    for split, count in (("pool", 40), ("train", 6), ("guidance", 5)):
        annotated = {} if split == "pool" else {"annotation_class": coat, "status": "accepted"}
        for _ in range(count):
            ImageFactory(project=project, split=split, **annotated)
    reviewed = Image.objects.filter(split="pool").first()
    Image.objects.filter(pk=reviewed.pk).update(status="rejected")
    monkeypatch.setattr(scoring, "predictions_of", lambda *_, **__: seen(51))
    return CheckpointFactory(project=project)


def seen(count: int) -> Predictions:
    random = np.random.default_rng(1)
    features = random.standard_normal((count, 16), np.float32)
    return Predictions(
        random.dirichlet(np.ones(3), count).astype(np.float32),
        features / np.linalg.norm(features, axis=1, keepdims=True),
    )


def score(project: Project, checkpoint: Checkpoint, strategy: str) -> None:
    """Do the job as a round asks for it."""
    job = job_enqueue(
        project=project,
        kind="score",
        title="Score",
        payload={
            "checkpoint": checkpoint.pk,
            "seed": SEED,
            "strategy": strategy,
            "count": COUNT,
        },
        queue=Job.Queue.GPU,
    )
    work(project)
    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED, job.error


def chosen_of(project: Project, strategy: str) -> list[int]:
    """What the strategy chooses of the images that may be asked about, in its order."""
    images = list(Image.objects.filter(project=project).order_by("sha256"))
    unseen = ("pool", "unreviewed")
    rows = np.array([n for n, i in enumerate(images) if (i.split, i.status) == unseen])
    train = np.array([n for n, i in enumerate(images) if i.split == "train"])
    all_seen = seen(len(images))
    pool = Pool(
        all_seen.probabilities[rows],
        all_seen.features[rows],
        SEED,
        all_seen.features[train],
        np.ones(len(train), np.int64),
    )
    return [images[rows[index]].pk for index in choose(strategy, pool, COUNT)]


@pytest.mark.parametrize("strategy", BATCH_STRATEGIES)
def test_people_are_asked_about_what_the_strategy_chose_in_its_order(
    project: Project, checkpoint: Checkpoint, strategy: str
) -> None:
    score(project, checkpoint, strategy)
    asked = {"checkpoint": checkpoint, "strategy": strategy, "count": COUNT, "seed": 3}
    questions = annotation_questions(**asked, random_share=0)
    assert [question.image.pk for question in questions] == chosen_of(project, strategy)
    assert {question.reason for question in questions} == {strategy}
    assert [q.priority for q in questions] == sorted((q.priority for q in questions), reverse=True)
    with_control = annotation_questions(**asked, random_share=0.25)
    drawn = {q.image.pk for q in with_control if q.reason != strategy}
    first = [pk for pk in chosen_of(project, strategy) if pk not in drawn][:6]
    assert [q.image.pk for q in with_control if q.reason == strategy] == first
    assert len(drawn) == 2


def test_scores_of_single_images_stay_and_generation_aims_by_margin(
    project: Project, checkpoint: Checkpoint
) -> None:
    score(project, checkpoint, "badge")
    assert Prediction.objects.count() == 51
    for strategy in STRATEGIES:
        assert Score.objects.filter(strategy=strategy).count() == 51
    assert Score.objects.filter(strategy="badge").count() == 39
    aimed = aim_targets(checkpoint=checkpoint, strategy="badge", keep=12)
    assert aimed == aim_targets(checkpoint=checkpoint, strategy="margin", keep=12)
    assert len(aimed) == 6


def test_a_strategy_of_single_images_writes_no_more_scores(
    project: Project, checkpoint: Checkpoint
) -> None:
    score(project, checkpoint, "margin")
    assert set(Score.objects.values_list("strategy", flat=True)) == set(STRATEGIES)


def test_a_loop_offers_every_strategy_that_the_engine_has_for_it() -> None:
    assert set(Loop.Strategy.values) == {*STRATEGIES, *BATCH_STRATEGIES}
