"""Quality filters over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apps.images.quality.policies import quality_policy_change, quality_policy_get
from apps.jobs.models import Job
from apps.projects.models import Project
from tests.images.pictures import encoded
from tests.images.quality.making import blurred, scene, take_in

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]


@pytest.fixture
def call(project: Project, api: APIClient) -> Call:
    def send(method: str, path: str, body: Any = None, **more: Any) -> Any:
        address = f"/api/v1/projects/{project.slug}/{path}"
        return getattr(api, method)(address, body, **({"format": "json"} | more))

    return send


def test_thresholds_are_off_until_they_are_set(call: Call) -> None:
    policy = call("get", "quality/").json()
    assert {name for name, value in policy.items() if value is not None} == {
        "near_bits", "sets_near_duplicates_apart",
    }  # fmt: skip
    changed = call("patch", "quality/", {"least_sharpness": 20, "near_bits": 5}).json()
    assert (changed["least_sharpness"], changed["near_bits"]) == (20.0, 5)


@pytest.mark.parametrize(
    "body",
    [
        {"least_sharpness": "nan"},
        {"least_sharpness": "Infinity"},
        {"least_sharpness": -1},
        {"most_aspect": 0.5},
        {"near_bits": 8},
        {"near_bits": None},
        {"least_side": 10**30},
        {"least_entropy": 9},
        {"least_brightness": 0.9, "most_brightness": 0.1},
        {"project": 1},
        {"applied_to": 5},
        [],
        "text",
    ],
)
def test_what_cannot_be_is_refused_with_its_field(project: Project, call: Call, body: Any) -> None:
    for method, path in (("patch", "quality/"), ("post", "quality/preview/")):
        answer = call(method, path, body)
        assert answer.status_code == 400, path
        assert answer.json()["error"]["message"]
    assert quality_policy_get(project).pk is None or not quality_policy_get(project).least_side


def test_a_preview_changes_nothing(project: Project, call: Call) -> None:
    take_in(project, scene(1), blurred(2))
    preview = call("post", "quality/preview/", {"least_sharpness": 100}).json()
    assert (preview["total"], preview["stopped"]) == (2, 1)
    assert {found["filter"]: found["count"] for found in preview["filters"]}["least_sharpness"] == 1
    assert call("get", "quality/").json()["least_sharpness"] is None


def test_an_upload_names_what_was_set_apart_among_the_accepted(
    project: Project, call: Call
) -> None:
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    files = [
        SimpleUploadedFile("sharp.png", encoded(scene(1))),
        SimpleUploadedFile("blurred.png", encoded(blurred(2))),
    ]
    report = call("post", "images/", {"files": files}, format="multipart").json()
    assert [image["name"] for image in report["accepted"]] == ["sharp.png", "blurred.png"]
    assert report["quarantined"] == [{**report["accepted"][1], "reasons": ["blurred"]}]


def test_applying_answers_with_the_job(project: Project, call: Call) -> None:
    answer = call("post", "quality/apply/")
    assert answer.status_code == 202
    assert Job.objects.get(pk=answer.json()["id"]).kind == "apply_quality"


def test_images_are_restored_by_their_ids(project: Project, call: Call) -> None:
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    (image,) = take_in(project, blurred(1)).accepted
    assert call("post", "images/restore/", {"images": [image.pk, 2**62]}).json() == {
        "restored": [image.pk], "kept": [],
    }  # fmt: skip
    for wrong in ({}, {"images": []}, {"images": [2**70]}, {"images": ["x"]}, {"images": 3}, []):
        assert call("post", "images/restore/", wrong).status_code == 400
