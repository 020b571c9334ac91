"""What a round's job finds out beside its decision, on rounds that are known."""

from __future__ import annotations

import numpy as np
import pytest

from apps.evaluation.models import EvaluationRun
from apps.evaluation.services import positions_pack, positions_unpack
from apps.images.models import Image
from apps.loops.decisions import Trial
from apps.loops.models import Loop, Round
from apps.projects.models import Project
from apps.review.models import Review
from config.benches.loop_rows import Size, rounds_write
from ml_engine.worker.outlook import outlook_of
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db
SIZE = Size(asked=60, made=6, looked_at=3, measured=300)


def trial(round_: Round, ratio: float) -> Trial:
    arms = list(round_.arms.filter(ratio=ratio).select_related("training_run", "evaluation_run"))
    return Trial(
        ratio=ratio,
        arms=arms,
        evaluation_runs=[arm.evaluation_run for arm in arms if arm.evaluation_run],
        accuracy=(0.8, 0.78, 0.82),
        macro_f1=(0.8, 0.78, 0.82),
        per_seed=[arm.accuracy or 0.0 for arm in arms],
        image_count=SIZE.measured,
    )


def last_round(project: Project, count: int) -> Round:
    rounds_write(project, count, SIZE)
    for split in ("pool", "pool", "train"):
        ImageFactory(project=project, split=split, status=Image.Status.UNREVIEWED)
    return Round.objects.get(project=project, number=count)


def test_it_foresees_what_the_next_annotations_bring_and_cost(project: Project) -> None:
    round_ = last_round(project, 5)
    Review.objects.filter(task__kind="annotate").update(seconds=6)
    Review.objects.filter(task__kind="validate").update(seconds=40)
    Loop.objects.filter(project=project).update(annotate_per_round=60, annotate_quota=30)
    found = outlook_of(round_, [trial(round_, 0.0), trial(round_, 0.5)], trial(round_, 0.5))
    assert found.forecast["annotations"] == 2  # all that the pool has left
    assert found.forecast["after"] == 500
    gain = found.forecast["gain"]
    assert 0 <= gain["low"] <= gain["value"] <= gain["high"] < 0.01
    assert found.cost == {"seconds_per_annotation": 6.0, "minutes": 0.2}
    assert found.equal_minutes["minutes"] == 2.0  # three looks of forty seconds
    assert found.equal_minutes["annotations"] == pytest.approx(20)
    assert found.equal_minutes["gain"]["value"] > gain["value"]


def test_without_times_or_rounds_it_says_what_is_missing(project: Project) -> None:
    round_ = last_round(project, 2)
    Review.objects.update(seconds=0)
    found = outlook_of(round_, [trial(round_, 0.0)], trial(round_, 0.0))
    assert "from 3 rounds on" in found.forecast["refusal"]
    assert found.cost == found.equal_minutes == found.pool == {}


def test_a_class_that_surely_fell_since_the_round_before_is_flagged(project: Project) -> None:
    round_ = last_round(project, 2)
    for run in EvaluationRun.objects.filter(round_number=2, split="select"):
        targets = np.array(positions_unpack(bytes(run.targets)))
        seen = np.array(positions_unpack(bytes(run.predictions)))
        seen[(targets == 0) & (np.arange(len(seen)) % 2 == 0)] = 1
        run.predictions = positions_pack(seen.tolist())
        run.save()
    used = trial(round_, 0.5)
    classes = outlook_of(round_, [trial(round_, 0.0), used], used).classes
    assert [name for name, each in classes.items() if each["surely_fell"]] == ["boot"]
    assert classes["boot"]["low"] <= classes["boot"]["change"] < -0.2
    assert classes["boot"]["image_count"] == 100
