"""What the studio's jobs leave: kept pictures before people, directions, latents of real images."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.generation.models import Direction, GenerationRun
from apps.images.models import Image
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.jobs.models import Job
from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.training.models import Checkpoint
from tests.generation.making import classifier_made, generator_made, png
from tests.jobs.working import work

pytestmark = pytest.mark.django_db(transaction=True)


def call(api: APIClient, project: Project, path: str, body: dict[str, Any]) -> Job:
    """What a call asks for, once it is done."""
    response = api.post(f"/api/v1/projects/{project.slug}/studio/{path}/", body, format="json")
    assert response.status_code == 202, response.content
    work(project)
    return Job.objects.get(pk=response.json()["id"])


def recipes(generator: Checkpoint, count: int) -> list[dict[str, Any]]:
    classes = list(generator.project.annotation_classes.order_by("position"))
    return [
        {"checkpoint": generator.pk, "class": classes[seed % 3].pk, "start": {"seed": seed}}
        for seed in range(count)
    ]


def test_ten_kept_pictures_are_ten_review_tasks_with_lineage(
    api: APIClient, project: Project, generator: Checkpoint, manager: User, tmp_path: Path
) -> None:
    kept = recipes(generator, 10)
    job = call(api, project, "keep", {"recipes": kept})
    assert job.status == Job.Status.SUCCEEDED, job.traceback
    assert job.result["kept"] == 10

    run = GenerationRun.objects.get(pk=job.result["generation_run"])
    assert run.parameters["kept_by"] == manager.username
    tasks = ReviewTask.objects.filter(project=project, kind="validate", status="open")
    assert tasks.count() == 10
    for task in tasks.select_related("image__lineage"):
        lineage = task.image.lineage
        assert task.batch == lineage.generation_run_id == run.pk
        assert task.expected_class_id == lineage.annotation_class_id
        assert task.reason == "kept in the studio"
        asked = run.parameters["recipes"][lineage.sample_index]
        assert asked["start"] == {"seed": lineage.sample_index}
        assert task.image.status == Image.Status.UNREVIEWED
    report = tmp_path / "report.json"
    call_command("regenerate", project.slug, json=report, stdout=io.StringIO())
    assert json.loads(report.read_text())["figures"]["same"] == 10

    again = call(api, project, "keep", {"recipes": kept})
    assert again.pk == job.pk
    assert ReviewTask.objects.filter(project=project).count() == 10


def test_a_recipe_that_cannot_be_followed_keeps_nothing(
    api: APIClient, project: Project, generator: Checkpoint
) -> None:
    kept = recipes(generator, 3)
    kept[1]["moves"] = {"7": 1.0}
    job = call(api, project, "keep", {"recipes": kept})
    assert job.status == Job.Status.FAILED
    assert job.error.startswith("This generator has no direction 7 any more.")
    assert not GenerationRun.objects.filter(project=project).exists()

    kept[1]["checkpoint"] = generator_made(project, seed=2).pk
    path = f"/api/v1/projects/{project.slug}/studio/keep/"
    refused = api.post(path, {"recipes": kept}, format="json")
    assert refused.status_code == 400
    assert "all of one generator" in refused.json()["error"]["message"]


def test_directions_are_found_named_shared_and_deleted(
    api: APIClient, project: Project, annotator: User
) -> None:
    generator = generator_made(project, "gan")
    for method in ("activations", "weights"):
        asked = {"checkpoint": generator.pk, "count": 3, "method": method}
        job = call(api, project, "directions", asked)
        assert job.status == Job.Status.SUCCEEDED, job.traceback
        listed = Direction.objects.filter(superseded_at=None)
        assert [one.method for one in listed] == [method] * 3
    job = call(api, project, "directions", {"checkpoint": generator.pk, "count": 5})
    assert job.status == Job.Status.SUCCEEDED, job.traceback
    found = list(Direction.objects.filter(superseded_at=None).order_by("pk"))
    assert len(found) == 5
    vectors = np.stack([np.frombuffer(one.vector, "<f4") for one in found])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    explained = [one.found["explained"] for one in found]
    assert explained == sorted(explained, reverse=True)

    address = f"/api/v1/projects/{project.slug}/studio/directions/"
    one = f"{address}{found[2].pk}/"
    assert api.patch(one, {"name": " longer  sleeves "}, format="json").status_code == 200
    taken = api.patch(f"{address}{found[0].pk}/", {"name": "longer sleeves"}, format="json")
    assert taken.status_code == 409
    call(api, project, "directions", {"checkpoint": generator.pk, "count": 3, "seed": 1})

    superseded = found[1]
    classes = project.annotation_classes.order_by("pk")
    moved = {"checkpoint": generator.pk, "class": classes[0].pk, "start": {"seed": 1}}
    kept = {"recipes": [{**moved, "moves": {str(superseded.pk): 1.5}}]}
    assert call(api, project, "keep", kept).status == Job.Status.SUCCEEDED

    member = APIClient()
    member.force_authenticate(annotator)
    assert member.get(f"{address}{superseded.pk}/").status_code == 200
    seen = member.get(address, {"checkpoint": generator.pk}).json()["results"]
    assert sorted(direction["name"] for direction in seen) == ["", "", "", "longer sleeves"]
    assert found[2].pk in [direction["id"] for direction in seen]
    assert member.patch(one, {"name": "mine"}, format="json").status_code == 403
    assert api.delete(one).status_code == 204
    seen = api.get(address, {"checkpoint": generator.pk}).json()["results"]
    assert found[2].pk not in [direction["id"] for direction in seen]
    again = api.patch(f"{address}{seen[0]['id']}/", {"name": "longer sleeves"}, format="json")
    assert again.status_code == 200, "the name is free again"
    kept = {"recipes": [{**moved, "moves": {str(found[2].pk): 1.5}}]}
    assert call(api, project, "keep", kept).status == Job.Status.SUCCEEDED


def test_directions_follow_what_pictures_look_like_and_what_the_classifier_sees(
    api: APIClient, project: Project, generator: Checkpoint
) -> None:
    asked = {"checkpoint": generator.pk, "method": "looks"}
    job = call(api, project, "directions", asked)
    assert job.status == Job.Status.SUCCEEDED, job.traceback
    looks = list(Direction.objects.filter(superseded_at=None).order_by("pk"))
    assert {one.found["grows"] for one in looks} == {"brightness", "contrast", "width", "height"}
    parted = [one.found["parted"] for one in looks]
    assert parted == sorted(parted, reverse=True)
    assert parted[0] > 0.7

    failed = call(api, project, "directions", {**asked, "method": "classes"})
    assert failed.error.startswith("The loop has no classifier yet that sees such images")
    classifier_made(project)
    again = call(api, project, "directions", {**asked, "method": "classes", "seed": 1})
    assert again.status == Job.Status.SUCCEEDED, again.traceback
    classes = Direction.objects.filter(superseded_at=None)
    assert {one.found["grows"] for one in classes} == {"boot", "coat", "shirt"}


def test_a_generator_with_styles_is_walked_in_w(
    api: APIClient, project: Project, tmp_path: Path
) -> None:
    project.training_size = 16
    project.save()
    generator = generator_made(project, "stylegan3")
    for method in ("weights", "pictures"):
        asked = {"checkpoint": generator.pk, "count": 2, "method": method}
        job = call(api, project, "directions", asked)
        assert job.status == Job.Status.SUCCEEDED, job.traceback
        assert {one.space for one in Direction.objects.all()} == {"w"}
    direction = Direction.objects.latest("pk")
    whole, *others = recipes(generator, 3)
    others[0]["truncation"] = 0.5
    others[1]["moves"] = {str(direction.pk): 2.0}
    job = call(api, project, "keep", {"recipes": [whole, *others]})
    assert job.status == Job.Status.SUCCEEDED, job.traceback
    run = GenerationRun.objects.get(pk=job.result["generation_run"])
    assert set(run.synthetic_images.values_list("space", flat=True)) == {"w"}
    mix_layers(api, project, recipes(generator, 1)[0], whole["start"])
    report = tmp_path / "report.json"
    call_command("regenerate", project.slug, json=report, stdout=io.StringIO())
    figures = json.loads(report.read_text())["figures"]
    assert (figures["same"], figures["images"]) == (6, 6)


def mix_layers(
    api: APIClient, project: Project, recipe: dict[str, Any], start: dict[str, Any]
) -> None:
    """Keep a walk's coarse layers, its end, and what is made of the first by walking on."""
    ends = {**recipe, "start": start, "towards": {"seed": 77}, "share": 1}
    mixed = {**ends, "layers": [0, 0.5]}
    job = call(api, project, "keep", {"recipes": [mixed, ends]})
    assert job.status == Job.Status.SUCCEEDED, job.traceback
    run = GenerationRun.objects.get(pk=job.result["generation_run"])
    coarse, end = run.synthetic_images.order_by("sample_index")
    assert (coarse.space, end.space) == ("w_plus", "w")
    style = np.frombuffer(end.latent, "<f4")
    layers = np.frombuffer(coarse.latent, "<f4").reshape(-1, len(style))
    gone = (layers == style).all(axis=1)
    half = round(len(layers) / 2)
    assert gone.tolist() == [True] * half + [False] * (len(layers) - half)
    onwards = {**recipe, "start": {"image": coarse.pk}, "truncation": 0.8}
    job = call(api, project, "keep", {"recipes": [onwards]})
    assert job.status == Job.Status.SUCCEEDED, job.traceback


def test_a_real_image_is_found_in_the_latent_space(api: APIClient, project: Project) -> None:
    generator = generator_made(project, "vae")
    pixels = np.random.default_rng(0).integers(0, 255, (1, 28, 28), np.uint8)
    pool, test = images_ingest(
        project=project,
        sources=[
            Source("a.png", png(pixels), split="pool"),
            Source("b.png", png(255 - pixels), split="test"),
        ],
    ).accepted
    first = project.annotation_classes.get(position=0)
    asked = {"checkpoint": generator.pk, "image": pool.pk, "class": first.pk}
    job = call(api, project, "inversions", asked)
    assert job.status == Job.Status.SUCCEEDED, job.traceback
    assert len(base64.b64decode(job.result["point"])) == 4 * 6

    recipe = {"checkpoint": generator.pk, "class": first.pk, "start": {"inversion": str(job.pk)}}
    kept = call(api, project, "keep", {"recipes": [recipe]})
    run = GenerationRun.objects.get(pk=kept.result["generation_run"])
    assert run.synthetic_images.get().parent_id == pool.pk

    path = f"/api/v1/projects/{project.slug}/studio/inversions/"
    assert api.post(path, {**asked, "image": test.pk}, format="json").status_code == 404
