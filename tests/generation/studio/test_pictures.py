"""Pictures and films over REST, drawn by a real worker."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pytest
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from apps.generation.studio import picture_api
from apps.projects.models import Project
from apps.training.models import Checkpoint
from ml_engine.worker.studio import drawing

# All test processes share one Valkey, and its studio workers take whatever waits.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("studio")]


def ask(api: APIClient, project: Project, recipe: Any, **query: str) -> Any:
    address = f"/api/v1/projects/{project.slug}/studio/pictures/"
    return api.get(address, {"recipe": json.dumps(recipe), **query})


@pytest.fixture
def recipe(generator: Checkpoint) -> dict[str, Any]:
    first = generator.project.annotation_classes.get(position=0)
    return {
        "checkpoint": generator.pk, "class": first.pk, "start": {"seed": 1},
        "towards": {"seed": 2}, "share": 0.5,
    }  # fmt: skip


@pytest.mark.usefixtures("studio_worker")
@pytest.mark.parametrize(
    ("film", "seen"),
    [
        ("", ("image/png", (28, 28), 1)),
        ("strip", ("image/png", (9 * 28, 28), 1)),
        ("gif", ("image/gif", (140, 140), 46)),
        ("webp", ("image/webp", (140, 140), 46)),
    ],
    ids=["picture", "strip", "gif", "webp"],
)
def test_a_way_comes_as_a_file(
    api: APIClient, project: Project, recipe: dict[str, Any], film: str, seen: Any
) -> None:
    response = ask(api, project, recipe, film=film)
    assert response.status_code == 200, response.content
    picture = PillowImage.open(io.BytesIO(response.content))
    frames = getattr(picture, "n_frames", 1)
    assert (response["Content-Type"], picture.size, frames) == seen
    assert (b"trainedAlgorithmicMedia" in response.content) == bool(film)


@pytest.mark.usefixtures("studio_worker")
def test_a_way_comes_as_a_video(api: APIClient, project: Project, recipe: dict[str, Any]) -> None:
    response = ask(api, project, recipe, film="webm")
    assert response["Content-Type"] == "video/webm"
    assert response["Content-Disposition"] == 'attachment; filename="studio.webm"'
    assert response.content.startswith(b"\x1aE\xdf\xa3")
    assert b"trainedAlgorithmicMedia" in response.content


@pytest.mark.usefixtures("studio_worker")
def test_what_cannot_be_drawn_is_said(
    api: APIClient, project: Project, recipe: dict[str, Any]
) -> None:
    for wanted, query, told in (
        ({**recipe, "moves": {"9": 1}}, {}, "This generator has no direction 9 any more."),
        ({**recipe, "towards": None}, {"film": "gif"}, "A film needs an end"),
        (recipe, {"film": "avi"}, "There is no film 'avi'; it is one of strip, gif, webp, webm."),
        ([], {}, "A recipe is a JSON object."),
    ):
        response = ask(api, project, wanted, **query)
        assert response.status_code == 400
        assert told in response.json()["error"]["message"]


@pytest.mark.usefixtures("studio_worker")
def test_a_film_may_take_longer_than_the_patience_for_a_sign_of_it(
    api: APIClient, project: Project, recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = drawing.preview

    def slowly(*arguments: Any) -> Any:
        time.sleep(0.2)
        return draw(*arguments)

    assert ask(api, project, recipe).status_code == 200  # it is warm now
    monkeypatch.setattr(drawing, "preview", slowly)
    monkeypatch.setattr(picture_api, "PATIENCE_SECONDS", 1.0)
    assert ask(api, project, recipe, film="strip").status_code == 200


def test_without_a_worker_it_says_so(
    api: APIClient, project: Project, recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_api, "PATIENCE_SECONDS", 0.2)
    response = ask(api, project, recipe)
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "no_studio_worker"
