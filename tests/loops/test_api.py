"""The loop over REST."""

from __future__ import annotations

from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.evaluation.models import EvaluationRun, Metric
from apps.loops.models import Arm, Loop
from apps.loops.services import loop_get_or_create
from apps.projects.models import Project
from apps.training.models import Checkpoint, TrainingRun
from tests.loops.test_views import finished_round


def test_settings_are_patched_one_by_one(api: APIClient, project: Project) -> None:
    url = f"/api/v1/projects/{project.slug}/loop/"
    answer = api.patch(url, {"annotate_per_round": 90, "ratios": [2.0]}, format="json")
    assert answer.status_code == 200
    assert answer.json()["annotate_per_round"] == 90
    assert answer.json()["ratios"] == [0.0, 2.0]
    assert api.get(url).json() == answer.json()


def test_a_wrong_setting_is_named(api: APIClient, project: Project) -> None:
    url = f"/api/v1/projects/{project.slug}/loop/"
    wrong = {
        "classifier": "resnet18",
        "generator": "dreams",
        "ratios": [-1.0],
        "arm_seeds": 1,
        "more_arm_seeds": [5, 21],
    }
    for field, value in wrong.items():
        answer = api.patch(url, {field: value}, format="json")
        assert answer.status_code == 400, field
        assert list(answer.json()["error"]["fields"]) == [field]


def test_status_and_mix_are_no_settings(api: APIClient, project: Project) -> None:
    url = f"/api/v1/projects/{project.slug}/loop/"
    assert api.patch(url, {"status": "running", "mix": 3}, format="json").status_code == 200
    assert loop_get_or_create(project).status == Loop.Status.STOPPED


def test_only_managers_change_the_loop(annotator: User, project: Project) -> None:
    client = APIClient()
    client.force_authenticate(annotator)
    url = f"/api/v1/projects/{project.slug}/loop/"
    assert client.get(url).status_code == 200
    assert client.patch(url, {"seed": 3}, format="json").status_code == 403
    for action in ("start", "pause", "rollback"):
        assert client.post(f"{url}{action}/", {"round": 1}, format="json").status_code == 403


def test_what_does_not_fit_is_a_conflict_with_a_sentence(api: APIClient, project: Project) -> None:
    url = f"/api/v1/projects/{project.slug}/loop/"
    for action in ("start", "pause", "rollback"):
        answer = api.post(f"{url}{action}/", {"round": 7}, format="json")
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "conflict"
    assert "Round 7 has no mix" in answer.json()["error"]["message"]


def test_rounds_mixes_and_rollback(api: APIClient, project: Project) -> None:
    url = f"/api/v1/projects/{project.slug}/"
    finished_round(project, ratio=0.5, outcome="accepted", reason="It helped.")
    finished_round(project, ratio=0, outcome="refused", reason="It did not help.")
    rounds = api.get(f"{url}rounds/").json()["results"]
    assert [round_["number"] for round_ in rounds] == [2, 1]
    assert rounds[0]["decisions"][0]["reason"] == "It did not help."
    assert [mix["ratio"] for mix in api.get(f"{url}mixes/").json()["results"]] == [0, 0.5]
    assert api.post(f"{url}loop/rollback/", {"round": 1}, format="json").json()["ratio"] == 0.5


def test_metrics_come_with_split_seed_interval_round_and_ratio(
    api: APIClient, project: Project
) -> None:
    round_ = finished_round(project, ratio=0.5, outcome="accepted", reason="It helped.")
    training = TrainingRun.objects.create(
        project=project, kind="classifier", family="small_cnn", purpose="arm", config={}, seed=42
    )
    checkpoint = Checkpoint.objects.create(
        project=project, training_run=training, kind="classifier", folder="x", sha256="f" * 64
    )
    evaluation = EvaluationRun.objects.create(
        project=project,
        checkpoint=checkpoint,
        split="select",
        image_count=2000,
        images_sha256="0" * 64,
        predictions=b"",
        targets=b"",
        round_number=1,
    )
    Metric.objects.create(
        evaluation_run=evaluation, name="accuracy", value=0.8, low=0.78, high=0.82
    )
    Arm.objects.create(round=round_, ratio=0.5, seed=42, evaluation_run=evaluation)
    (metric,) = api.get(f"/api/v1/projects/{project.slug}/metrics/").json()["results"]
    assert metric == {
        "id": metric["id"],
        "name": "accuracy",
        "annotation_class": None,
        "value": 0.8,
        "low": 0.78,
        "high": 0.82,
        "split": "select",
        "image_count": 2000,
        "features": "",
        "synthetic_count": 0,
        "seed": 42,
        "round": 1,
        "ratio": 0.5,
        "checkpoint": checkpoint.pk,
    }
    (told,) = api.get(f"/api/v1/projects/{project.slug}/checkpoints/").json()["results"]
    assert (told["id"], told["seed"], told["sha256"]) == (checkpoint.pk, 42, "f" * 64)
