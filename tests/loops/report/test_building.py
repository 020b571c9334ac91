"""Reports: the same bytes from the same run, and times apart from them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.jobs.models import Job
from apps.loops.batches import batch_put_to_people
from apps.loops.models import Round
from apps.loops.report.building import report_build
from apps.loops.report.words import batch_sentence
from apps.loops.services import safeguard_tell
from apps.projects.models import Project
from apps.review.models import AcceptanceTest, Review
from config.benches.loop_rows import rounds_write
from tests.factories import ProjectFactory
from tests.loops.report.simulated import rounds_run


def entries(project: Project) -> list[dict[str, Any]]:
    return report_build(project).content["rounds"]


@pytest.mark.timeout(900)  # four whole rounds
@pytest.mark.django_db(transaction=True)
def test_the_same_images_and_seed_give_the_same_bytes_in_another_project(
    project: Project, manager: User
) -> None:
    other = ProjectFactory()
    for each in (project, other):
        rounds_run(
            each,
            manager,
            2,
            more_arm_seeds=[],
            classifier_steps=20,
            arm_steps=10,
            ratios=[0.0, 1.0],
            generator="pca",
        )

    first, second = report_build(project), report_build(other)

    assert first.file(times=False) == second.file(times=False)
    assert first.file() != second.file()
    for number in (1, 2):
        of_round = report_build(project, number).file(times=False)
        assert of_round == report_build(other, number).file(times=False)
    entry = first.content["rounds"][0]
    assert entry["annotated_more"] - 30 == 6
    assert {part["reason"] for part in entry["asked"]} == {
        "margin", "random (control)", "random draw of the batch",
    }  # fmt: skip
    known = entry["control"]["random_right"]["of"] + entry["control"]["strategy_wrong"]["of"]
    assert known == 6
    batch = entry["batches"][0]
    assert sum(batch["made_by_class"].values()) == batch["made"] > 0
    mixes = [entry["decisions"][0]["mix"] for entry in first.content["rounds"]]
    for mix, round_ in zip(mixes, first.content["rounds"], strict=True):
        assert sum(round_["mixed_from"].values()) == mix["synthetic_count"]
    assert first.content["rounds"][1]["pauses"] == ["Round 2 is done, as asked for."]
    later = first.content["rounds"][1]
    assert "from 3 rounds on" in later["forecast"]["refusal"]
    assert sum(later["pool"]["shares"].values()) == pytest.approx(1)
    since = later["pool"]["since"]
    assert since["image_count"] == later["pool"]["image_count"] == 54
    assert since["entropy_change"]["low"] <= since["entropy_change"]["value"]
    assert set(later["classes"]) == {"boot", "coat", "shirt"}
    assert first.times["human_minutes"] is None  # the simulated annotator says no times
    assert first.times["machine_minutes"] > 0


@pytest.mark.django_db
def test_what_it_cost_is_told_apart_from_what_it_found(project: Project) -> None:
    rounds_write(project, 2)
    before = report_build(project)
    told = json.loads(before.file())
    assert told["times"]["report_sha256"] == before.sha256
    assert told["times"]["rounds"][0]["human_minutes"] > 0
    Review.objects.filter(task__project=project).update(seconds=9)
    for job in Job.objects.filter(project=project).exclude(finished_at=None):
        Job.objects.filter(pk=job.pk).update(finished_at=job.finished_at + timedelta(minutes=1))
    after = report_build(project)
    assert after.times != before.times
    assert after.file(times=False) == before.file(times=False)


@pytest.mark.django_db
def test_the_last_round_tells_only_what_is_known_yet(project: Project) -> None:
    rounds_write(project, 1)
    Round.objects.create(project=project, number=2, seed=5, settings={}, step="train")
    last = entries(project)[-1]
    assert last["step"] == "train"
    assert last["annotated"] is last["real_only"] is None
    assert last["decisions"] == last["batches"] == []


@pytest.mark.django_db
def test_a_batch_that_was_held_back_says_why_and_safeguards_are_noted(project: Project) -> None:
    rounds_write(project, 2)
    batch = GenerationRun.objects.get(project=project, round_number=2)
    AcceptanceTest.objects.filter(batch=batch.pk).delete()
    batch.held_reason = "Its images repeat each other."
    batch.save()
    round_ = Round.objects.get(project=project, number=2)
    batch_put_to_people(round_=round_, batch=batch)
    safeguard_tell(round_=round_, name="scarcity", sentence="No images were made of boot.")

    entry = entries(project)[1]
    assert entry["notes"] == ["No images were made of boot."]
    (told,) = entry["batches"]
    assert batch_sentence(told) == (
        "Held back before anybody looked at it. Its images repeat each other."
    )
    batch.released_at = timezone.now()
    batch.save()
    (told,) = entries(project)[1]["batches"]
    assert batch_sentence(told).startswith("Held back, and put to people all the same. ")
