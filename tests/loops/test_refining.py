"""Rounds in which the generator also learns from synthetic images that were accepted."""

from __future__ import annotations

import numpy as np
import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.jobs.models import Job, JobEvent
from apps.loops.models import Loop, Round
from apps.loops.refining import refining_sentence
from apps.loops.rounds import loop_advance
from apps.loops.services import loop_pause, loop_start, round_begin, round_step_set
from apps.projects.models import Project
from apps.training.learning import accepted_synthetic_rows
from apps.training.models import Checkpoint, Prediction, RefinementTurn, TrainingRun
from ml_engine.classifiers.inference import load_classifier
from ml_engine.worker.packing import engine_path, project_pack
from ml_engine.worker.tasks import run as job_run
from tests.factories import CheckpointFactory
from tests.jobs.working import work
from tests.loops.driving import answer_all, drive, project_fill, quick_loop
from tests.review.batches import look

pytestmark = pytest.mark.django_db(transaction=True)

CONFIDENCE = 0.75


def agreed(project: Project, classifier: Checkpoint, confidence: float) -> list[list[object]]:
    """The rows that a turn should have: by another way than the job's."""
    rows = accepted_synthetic_rows(project)
    pack = project_pack(project)
    pixels = np.stack([pack.images[pack.rows([sha256])[0]] for sha256, _ in rows])
    probabilities = load_classifier(engine_path(classifier.folder)).probabilities(pixels)
    return [
        [sha256, position]
        for (sha256, position), of_image in zip(rows, probabilities, strict=True)
        if of_image.argmax() == position and of_image[position] >= confidence
    ]


def trained(project: Project, number: int) -> TrainingRun:
    return TrainingRun.objects.get(project=project, round_number=number, kind="generator")


def begun(project: Project, manager: User, **settings: object) -> tuple[Loop, Round]:
    """A loop whose second round comes to its generator, with a batch that people accepted of."""
    project_fill(project)
    loop = quick_loop(project, generator="pca", **settings)
    loop_start(loop=loop, actor=manager)
    first = drive(loop, Round.Step.REVIEW)
    look(first.generation_run, manager, ["right", "artefact"])
    answer_all(project, manager)
    round_step_set(round_=first, step=Round.Step.DONE)
    second = round_begin(loop=loop)
    second.classifier = first.classifier
    round_step_set(round_=second, step=Round.Step.GENERATE)
    return loop, second


def test_a_loop_of_three_rounds_refines_its_generator_in_one_turn(
    project: Project, manager: User, api: APIClient, client: Client
) -> None:
    project_fill(project)
    loop = quick_loop(project, generator="pca", refine_turns=1, refine_confidence=CONFIDENCE)
    loop_start(loop=loop, actor=manager)
    first = drive(loop, Round.Step.REVIEW)
    assert not Job.objects.filter(kind="agree").exists()
    look(first.generation_run, manager, ["right", "artefact"])
    answer_all(project, manager)
    drive(loop, Round.Step.TRAIN)

    second = drive(loop, Round.Step.REVIEW)
    turn = RefinementTurn.objects.get()
    run = trained(project, 2)
    assert (turn.number, turn.round_number, turn.training_run) == (1, 2, run)
    assert (turn.classifier, turn.generator_before) == (second.classifier, first.generator)
    accepted = accepted_synthetic_rows(project)
    assert turn.offered == len(accepted) > 0
    assert turn.rows == agreed(project, second.classifier, CONFIDENCE)
    assert 0 < len(turn.rows) < turn.offered
    fed = {tuple(row) for row in turn.fed_rows}
    assert fed <= {tuple(row) for row in run.training_set.rows}
    assert run.manifest["synthetic"] == len(fed)
    assert run.manifest["count"] == run.manifest["real"] + len(fed)
    assert trained(project, 1).manifest["synthetic"] == 0
    seen = Prediction.objects.filter(checkpoint=second.classifier)
    assert set(seen.values_list("image__origin", flat=True)) == {"real"}

    work(project)
    turn.refresh_from_db()
    assert turn.report["split"] == "guidance"
    for side, generator in (("before", first.generator), ("after", second.generator)):
        assert turn.report[side]["generator"] == generator.pk
        assert turn.report[side]["image_count"] == 30
        assert {"coverage", "density", "kid"} <= set(turn.report[side]["figures"])

    answer_all(project, manager)
    drive(loop, Round.Step.TRAIN)
    second.refresh_from_db()
    assert "Turn 1 of refinement" in second.summary["refinement"]
    third = drive(loop, Round.Step.REVIEW)
    assert RefinementTurn.objects.count() == 1
    assert trained(project, 3).manifest["synthetic"] == 0

    (told,) = api.get(f"/api/v1/projects/{project.slug}/refinement/").json()["results"]
    assert (told["offered"], told["fed_back"]) == (turn.offered, len(fed))
    assert told["generator"]["after"] == second.generator_id
    assert told["classifier"]["after"] == third.classifier_id
    assert told["classifier"]["accuracy"]["before"]["value"] > 0
    assert told["classifier"]["accuracy"]["verdict"]
    client.force_login(manager)
    page = client.get(f"/projects/{project.slug}/generators/refinement/").content.decode()
    assert "Turn 1, round 2" in page


def test_generators_learn_from_real_images_alone_unless_a_project_asks(
    project: Project, manager: User
) -> None:
    loop, second = begun(project, manager)
    loop_advance(loop=loop)
    assert not Job.objects.filter(kind="agree").exists()
    assert trained(project, 2).manifest["synthetic"] == 0
    assert refining_sentence(second) == ""


def test_where_the_classifier_agrees_with_nothing_the_round_goes_on_without_a_turn(
    project: Project, manager: User
) -> None:
    loop, second = begun(project, manager, refine_turns=3, refine_confidence=1.0)
    loop_advance(loop=loop)
    loop_advance(loop=loop)
    assert not TrainingRun.objects.filter(round_number=2).exists()
    work(project)
    job = Job.objects.get(kind="agree")
    assert (job.result["agreed"], job.result["turn"]) == (0, None)
    assert job.result["offered"] == len(accepted_synthetic_rows(project)) > 0
    loop_advance(loop=loop)
    assert trained(project, 2).manifest["synthetic"] == 0
    assert not RefinementTurn.objects.exists()
    assert "agrees with none" in refining_sentence(second)


@pytest.mark.parametrize("is_aimed", [True, False])
def test_a_classifier_is_not_asked_about_images_that_it_learnt_from(
    project: Project, manager: User, is_aimed: bool
) -> None:
    """They are judged by the one that aimed their batch, or else by nobody."""
    loop, second = begun(project, manager, refine_turns=1, refine_confidence=0.0)
    rows = agreed(project, second.classifier, 0.0)
    learnt, new = rows[::2], rows[1::2]
    mixed = second.classifier.training_run.training_set
    mixed.rows = [*mixed.rows, *learnt]
    mixed.save()
    before = CheckpointFactory(project=project, folder=second.classifier.folder)
    GenerationRun.objects.update(classifier=before if is_aimed else None)
    loop_advance(loop=loop)
    work(project)
    assert learnt
    assert RefinementTurn.objects.get().rows == (rows if is_aimed else new)


def test_a_round_goes_on_where_the_classifier_could_not_be_asked(
    project: Project, manager: User
) -> None:
    loop, second = begun(project, manager, refine_turns=3)
    weights = engine_path(second.classifier.folder) / "weights.safetensors"
    kept = weights.read_bytes()
    weights.write_bytes(b"damaged")
    loop_advance(loop=loop)
    work(project)
    weights.write_bytes(kept)
    job = Job.objects.get(kind="agree")
    assert job.status == Job.Status.FAILED
    loop_advance(loop=loop)
    loop.refresh_from_db()
    assert loop.status == Loop.Status.RUNNING
    assert "learns from real images alone" in loop.status_reason
    assert loop.status_reason.startswith(refining_sentence(second)[:200])
    assert trained(project, 2).manifest["synthetic"] == 0
    event = JobEvent.objects.get(project=project, kind="round.not_refined")
    assert event.payload["round"] == 2
    loop_pause(loop=loop, actor=manager)
    loop_start(loop=loop, actor=manager)
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED


def test_a_failed_report_does_not_stop_the_loop(project: Project, manager: User) -> None:
    loop, second = begun(project, manager, refine_turns=3, refine_confidence=0.0)
    loop_advance(loop=loop)
    work(project)
    loop_advance(loop=loop)
    job_run(str(Job.objects.get(key="round:2:generator").pk))
    loop_advance(loop=loop)
    before = RefinementTurn.objects.get().generator_before
    weights = engine_path(before.folder) / "weights.safetensors"
    weights.write_bytes(b"damaged")
    work(project)
    assert Job.objects.get(kind="report_refinement").status == Job.Status.FAILED
    loop_advance(loop=loop)
    loop.refresh_from_db()
    second.refresh_from_db()
    assert (loop.status, second.step) == (Loop.Status.RUNNING, Round.Step.REVIEW)
    assert RefinementTurn.objects.get().report == {}


def test_a_manager_switches_it_on_over_the_api(api: APIClient, project: Project) -> None:
    url = f"/api/v1/projects/{project.slug}/loop/"
    assert api.get(url).json()["refine_turns"] == 0
    answer = api.patch(url, {"refine_turns": 4, "refine_confidence": 0.9}, format="json")
    assert (answer.json()["refine_turns"], answer.json()["refine_confidence"]) == (4, 0.9)
    assert api.patch(url, {"refine_confidence": 1.2}, format="json").status_code == 400
