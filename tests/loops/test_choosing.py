"""How a loop chooses: typical images at the beginning, no junk, and by members that disagree."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from apps.accounts.models import User
from apps.generation.models import SyntheticImage
from apps.generation.targets import Target
from apps.images.models import Image
from apps.images.services import images_ingest
from apps.images.slices.services import slice_create
from apps.images.sources import Source
from apps.jobs.models import Job
from apps.loops.guarding import choosing_sentence, scoring_doubts
from apps.loops.models import Round
from apps.loops.report.batches import batches_by_round
from apps.loops.services import loop_start
from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.training.models import Doubt, Score, TrainingRun
from ml_engine.config import MEMBER_DROPOUT
from tests.loops.driving import drive, project_fill, quick_loop

pytestmark = pytest.mark.django_db(transaction=True)


def junk_add(project: Project) -> set[int]:
    """Four pictures for the pool that are bright where the others are dark."""
    sources = []
    for number in range(4):
        pixels = np.full((28, 28), 255 - number, np.uint8)
        buffer = io.BytesIO()
        PillowImage.fromarray(pixels).save(buffer, "PNG")
        sources.append(Source(f"junk-{number}.png", buffer.getvalue(), None, "pool"))
    return {image.pk for image in images_ingest(project=project, sources=sources).accepted}


def test_a_young_loop_asks_about_typical_images_and_about_no_junk(
    project: Project, manager: User
) -> None:
    project_fill(project)
    junk = junk_add(project)
    loop = quick_loop(project, cold_per_class=11, strategy="entropy", guard_share=0.05)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.GENERATE)
    doubted = set(Doubt.objects.filter(kind="outlier").values_list("image", flat=True))
    assert doubted >= junk
    assert Image.objects.filter(pk__in=junk, status="unreviewed").count() == 4
    tasks = ReviewTask.objects.filter(project=project, kind="annotate")
    assert tasks.count() == 9
    assert not doubted & set(tasks.values_list("image", flat=True))
    assert set(tasks.values_list("reason", flat=True)) == {"typi_clust", "random (control)"}
    chosen = tasks.filter(reason="typi_clust").order_by("-priority")
    places = [task.context["place"] for task in chosen]
    assert places == sorted(places)
    assert set(places) <= set(range(1, 10))
    told = chosen[0].context
    assert told["strategy_name"] == "TypiClust"
    assert told["why"] == round_.strategy_reason != ""
    assert "score" not in told
    assert scoring_doubts(round_)["outliers"] == len(doubted)
    assert "hardly belong there and were not asked about; TypiClust had chosen" in (
        choosing_sentence(round_)
    )


def test_a_loop_that_asks_by_bald_trains_its_classifiers_with_dropout(
    project: Project, manager: User
) -> None:
    project_fill(project)
    loop = quick_loop(project, strategy="bald", guard_share=0.0)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.GENERATE)
    run = TrainingRun.objects.get(purpose="deployed")
    assert run.config["dropout"] == MEMBER_DROPOUT
    scores = Score.objects.filter(checkpoint=round_.classifier, strategy="bald")
    values = list(scores.values_list("value", flat=True))
    assert len(values) == 120  # pool, guidance and train
    assert 0 <= min(values) < max(values) <= 1
    asked = ReviewTask.objects.filter(project=project, reason="bald").order_by("-priority")
    assert asked.count() == 7
    assert [task.context["score"] for task in asked] == sorted(
        (task.context["score"] for task in asked), reverse=True
    )
    assert (scoring_doubts(round_), Doubt.objects.count()) == (None, 0)
    assert Job.objects.get(kind="score").result["outliers"] == 0


def test_a_batch_is_aimed_at_the_slices_that_are_marked_and_never_at_what_measures(
    project: Project, manager: User
) -> None:
    project_fill(project)
    images = Image.objects.filter(project=project)
    for split in ("pool", "guidance", "select", "test"):
        few = images.filter(split=split).order_by("pk").values_list("pk", flat=True)[:3]
        images.filter(pk__in=list(few)).update(metadata={"light": "night"})
    slice_create(
        project=project, actor=manager, name="night", rule={"light": "night"}, is_aimed_at=True
    )
    loop = quick_loop(project, slice_quota=0.6, guard_share=0.0)
    loop_start(loop=loop, actor=manager)
    drive(loop, Round.Step.REVIEW)
    (payload,) = Job.objects.filter(kind="generate").values_list("payload", flat=True)
    targets = [Target(*told) for told in payload["targets"]]
    aimed = [images.get(sha256=target.sha256) for target in targets]
    assert len(aimed) == 10
    assert [image.metadata == {"light": "night"} for image in aimed[:6]] == [True] * 6
    assert {image.split for image in aimed} <= {"pool", "guidance"}
    assert [target.slice_name for target in targets] == ["night"] * 6 + [""] * 4
    children = SyntheticImage.objects.filter(image__project=project)
    assert children
    for child in children:
        chosen = next(target for target in targets if target.sha256 == child.parent.sha256)
        assert child.aimed_because == chosen.why
        assert (chosen.why["strategy"], "slice" in chosen.why) == ("margin", chosen in targets[:6])
    (batch,) = batches_by_round(project, 1)[1]
    for_night = sum("slice" in child.aimed_because for child in children)
    assert batch["made_by_slice"] == ({"night": for_night} if for_night else {})
