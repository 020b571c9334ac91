"""The pages of slices."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.evaluation.slices.standing import NEEDED, half_width
from apps.images.slices.selectors import slice_images
from apps.images.slices.services import slice_create
from apps.projects.models import Project
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


def url_of(project: Project) -> str:
    return f"/projects/{project.slug}/images/slices/"


def test_enough_images_tell_an_accuracy_to_ten_points_and_one_fewer_do_not() -> None:
    assert half_width(NEEDED) <= 0.1 < half_width(NEEDED - 1)
    assert half_width(0) == 0.5


def test_a_slice_is_made_and_its_page_warns_where_too_few_measure_it(
    pages: Client, project: Project
) -> None:
    boot = project.annotation_classes.get(name="boot")
    for split in ("select",) * 12 + ("pool",):
        ImageFactory(
            project=project,
            split=split,
            metadata={"light": "night"},
            annotation_class=boot if split == "select" else None,
            status="accepted" if split == "select" else "unreviewed",
        )
    sent = {"name": "by night", "description": "", "rule": '{"light": "night"}'}
    made = pages.post(url_of(project), sent)
    slice_ = project.slices.get()
    assert made["Location"] == f"{url_of(project)}{slice_.pk}/"
    for address in (url_of(project), made["Location"]):
        text = pages.get(address).content.decode()
        assert (
            "In select 12 annotated real images tell its accuracy to ±25 points at worst; ±10 need"
            f" {NEEDED}."
        ) in text
        assert "In test is no annotated real image of it" in text
        assert "?slice=by" in text
    assert "&quot;light&quot;: &quot;night&quot;" in text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"name": "x", "rule": "camera 3"}, "This is no JSON that can be kept"),
        ({"name": "x", "rule": '["camera"]'}, "is no rule: write a JSON object"),
        ({"name": "taken", "rule": ""}, "already; choose another name"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_a_wrong_form_is_told_and_makes_nothing(
    pages: Client, project: Project, sent: dict[str, str], sentence: str
) -> None:
    slice_create(project=project, actor=None, name="taken")
    answer = pages.post(url_of(project), sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert project.slices.count() == 1


def test_images_are_put_in_by_their_ids_and_taken_out_by_ticks(
    pages: Client, project: Project
) -> None:
    first, second = ImageFactory.create_batch(2, project=project)
    slice_ = slice_create(project=project, actor=None, name="odd ones")
    address = f"{url_of(project)}{slice_.pk}/"
    pages.post(f"{address}images/", {"ids": f"{first.pk}, {second.pk}"})
    assert list(slice_images(slice_)) == [second, first]
    assert "2 images put in" in pages.get(address).content.decode()
    pages.post(f"{address}images/", {"image": [first.pk]})
    assert list(slice_images(slice_)) == [second]
    for ids, sentence in (("17 boots", "no image&#x27;s id"), ("999999999", "no image 999999999")):
        pages.post(f"{address}images/", {"ids": ids})
        assert sentence in pages.get(address).content.decode()
    pages.post(address, {"name": "even ones", "description": "Of all kinds."})
    assert project.slices.get().name == "even ones"
    pages.post(address, {"name": "even ones", "is_aimed_at": "on"})
    assert "no batch can be aimed at it" not in pages.get(address).content.decode()
    pages.post(f"{address}images/", {"image": [second.pk]})
    assert "no batch can be aimed at it" in pages.get(address).content.decode()
    pages.post(f"{address}delete/")
    assert not project.slices.exists()


def test_annotators_read_and_cannot_change(
    client: Client, project: Project, annotator: User
) -> None:
    slice_ = slice_create(
        project=project, actor=None, name="odd ones", image_ids=[ImageFactory(project=project).pk]
    )
    client.force_login(annotator)
    text = client.get(f"{url_of(project)}{slice_.pk}/").content.decode()
    assert "<h1>odd ones</h1>" in text
    assert "checkbox" not in text
    assert "Put images in" not in text
    assert client.post(url_of(project), {"name": "mine"}).status_code == 403
