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
from apps.training.doubts.services import doubts_keep
from apps.training.models import Checkpoint, Doubt, Prediction, Score
from ml_engine.choosing import Pool, choose
from ml_engine.classifiers.inference import Predictions
from ml_engine.config import BATCH_STRATEGIES, MEMBER_STRATEGIES, STRATEGIES
from ml_engine.worker import doubting, scoring
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
    monkeypatch.setattr(scoring, "predictions_of", lambda _, __, hashes, **___: seen(len(hashes)))
    return CheckpointFactory(project=project)


def seen(count: int) -> Predictions:
    random = np.random.default_rng(1)
    features = random.standard_normal((count, 16), np.float32)
    return Predictions(
        random.dirichlet(np.ones(3), count).astype(np.float32),
        features / np.linalg.norm(features, axis=1, keepdims=True),
    )


def score(project: Project, checkpoint: Checkpoint, strategy: str, **more: float) -> Job:
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
            **more,
        },
        queue=Job.Queue.GPU,
    )
    work(project)
    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED, job.error
    return job


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


@pytest.mark.parametrize("strategy", ["margin", "badge"])
def test_what_hardly_belongs_is_told_and_not_asked_about_until_it_is_settled(
    project: Project, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    """The strategy's first choice and three other images look like nothing else."""
    boot, _, shirt = project.annotation_classes.all()
    for number in range(9):
        one = {"annotation_class": boot if number < 4 else shirt, "status": "accepted"}
        ImageFactory(project=project, split="guidance", **one)
    monkeypatch.setattr(doubting, "coarse_looks", lambda _, images: seen(len(images)).features)
    job = score(project, checkpoint, strategy, guard_share=0.1)
    assert (job.result["guard_waits_for"], job.result["outliers"]) == (["boot"], 0)
    ImageFactory(project=project, split="guidance", annotation_class=boot, status="accepted")
    images = list(Image.objects.filter(project=project).order_by("sha256"))
    junk = [first_choice(project, checkpoint, strategy)]
    askable = [one.pk for one in images if (one.split, one.status) == ("pool", "unreviewed")]
    junk += [pk for pk in askable if pk not in junk][:3]
    looks = seen(len(images)).features.copy()
    looks[[image.pk in junk for image in images]] += 5
    monkeypatch.setattr(doubting, "coarse_looks", lambda *_: looks)
    # Twenty-one annotated images, all of which judge.
    job = score(project, checkpoint, strategy, guard_share=0.1, random_share=0.5)
    assert set(Doubt.objects.values_list("image", flat=True)) >= set(junk)
    assert Doubt.objects.filter(image__split="pool").count() == job.result["outliers"]
    told = Doubt.objects.get(image=junk[0])
    assert (told.would_ask, told.measure, told.checkpoint) == (True, "coarse", checkpoint)
    assert told.value > told.threshold
    assert job.result["would_ask"] == Doubt.objects.filter(would_ask=True).count() >= 1
    asked = {"checkpoint": checkpoint, "strategy": strategy, "count": 39, "random_share": 0.5}
    assert not {q.image.pk for q in annotation_questions(**asked, seed=3)} & set(junk)
    doubts_keep(project=project, kind="outlier", image_ids=junk[:1], by=None)
    assert junk[0] in {q.image.pk for q in annotation_questions(**asked, seed=3)}
    score(project, checkpoint, strategy, guard_share=0.1)
    assert Doubt.objects.filter(image=junk[0], settled_at=None).count() == 0


def first_choice(project: Project, checkpoint: Checkpoint, strategy: str) -> int:
    score(project, checkpoint, strategy)
    asked = {"strategy": strategy, "count": COUNT, "random_share": 0, "seed": 3}
    return annotation_questions(checkpoint=checkpoint, **asked)[0].image.pk


def test_a_strategy_of_single_images_writes_no_more_scores(
    project: Project, checkpoint: Checkpoint
) -> None:
    score(project, checkpoint, "margin")
    assert set(Score.objects.values_list("strategy", flat=True)) == set(STRATEGIES)


def test_a_loop_offers_every_strategy_that_the_engine_has_for_it() -> None:
    assert set(Loop.Strategy.values) == {
        *STRATEGIES, *BATCH_STRATEGIES, *MEMBER_STRATEGIES,
    }  # fmt: skip
