"""Slices over REST."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.projects.models import Project
from tests.factories import ImageFactory, SliceFactory

pytestmark = pytest.mark.django_db


def url_of(project: Project) -> str:
    return f"/api/v1/projects/{project.slug}/slices/"


def test_a_slice_is_made_read_changed_and_deleted(api: APIClient, project: Project) -> None:
    ImageFactory(project=project, metadata={"camera": "3"})
    sent = {"name": "camera 3", "rule": {"camera": "3"}}
    made = api.post(url_of(project), sent, format="json")
    assert made.status_code == 201
    told = made.json()
    assert (told["image_count"], told["aim_count"], told["is_aimed_at"]) == (1, 1, False)
    assert told["measuring"][0] == {
        "split": "select", "count": 0, "half_width": 0.5, "is_enough": False,
    }  # fmt: skip
    one = f"{url_of(project)}{told['id']}/"
    assert api.get(one).json() == told
    assert api.get(url_of(project)).json()["results"] == [told]
    changed = api.patch(one, {"rule": {"camera": "4"}, "is_aimed_at": True}, format="json")
    assert changed.json() == {
        **told, "rule": {"camera": "4"}, "is_aimed_at": True, "image_count": 0, "aim_count": 0,
    }  # fmt: skip
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404


def test_images_are_chosen_by_hand(api: APIClient, project: Project) -> None:
    image, other = ImageFactory(project=project), ImageFactory()
    slice_ = SliceFactory(project=project)
    url = f"{url_of(project)}{slice_.pk}/images/"
    assert api.post(url, {"add": [image.pk]}, format="json").json() == {"added": 1, "removed": 0}
    assert api.post(url, {"remove": [image.pk]}, format="json").json()["removed"] == 1
    for sent, field, sentence in (
        ({"add": [other.pk]}, "add", f"The project has no image {other.pk}; take"),
        ({"add": ["boot"]}, "add", "integer"),
        ({}, None, "Send ids of images to add, or to remove."),
    ):
        refused = api.post(url, sent, format="json")
        assert refused.status_code == 400
        assert sentence in refused.json()["error"]["message"]
        assert field is None or field in refused.json()["error"]["fields"]


@pytest.mark.parametrize("rule", [{}, [], "camera", 3, {"camera": "\0"}])
def test_a_wrong_rule_is_refused(api: APIClient, project: Project, rule: object) -> None:
    refused = api.post(url_of(project), {"name": "camera", "rule": rule}, format="json")
    assert refused.status_code == 400
    assert list(refused.json()["error"]["fields"]) == ["rule"]


def test_another_project_s_slice_is_not_found(api: APIClient, project: Project) -> None:
    assert api.get(f"{url_of(project)}{SliceFactory().pk}/").status_code == 404
