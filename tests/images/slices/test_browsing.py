"""Images by slice, in the grid and over REST."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.images.slices.services import slice_create
from apps.projects.models import Project
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def night(project: Project) -> list[int]:
    """The ids of three images of the slice `by night`, one of them in test."""
    images = [
        ImageFactory(project=project, metadata={"light": "night"}, split=split)
        for split in ("pool", "pool", "test")
    ]
    ImageFactory(project=project)
    slice_create(project=project, actor=None, name="by night", rule={"light": "night"})
    return [image.pk for image in images]


def test_the_call_lists_the_images_of_a_slice(
    api: APIClient, project: Project, night: list[int]
) -> None:
    url = f"/api/v1/projects/{project.slug}/images/"
    told = api.get(url, {"slice": "by night"}).json()["results"]
    assert [image["id"] for image in told] == night[::-1]
    assert len(api.get(url, {"slice": "by night", "split": "test"}).json()["results"]) == 1
    wrong = api.get(url, {"slice": "by day"})
    assert wrong.status_code == 400
    assert "There is no slice 'by day'; choose one of by night." in wrong.content.decode()


def test_the_grid_counts_within_the_slice_and_lets_it_be_cleared(
    pages: Client, project: Project, night: list[int]
) -> None:
    url = f"/projects/{project.slug}/images/"
    answer = pages.get(url, {"slice": "by night"})
    facets = {facet.name: facet for facet in answer.context["facets"]}
    assert answer.context["total"] == 3
    assert {choice.value: choice.count for choice in facets["split"].choices} == {
        "pool": 2, "test": 1,
    }  # fmt: skip
    assert facets["split"].choices[0].query == "?slice=by+night&split=pool"
    assert facets["slice"].cleared == "?"
    beside = pages.get(f"{url}{night[1]}/", {"slice": "by night"})
    assert (beside.context["newer"].pk, beside.context["older"].pk) == (night[2], night[0])
    assert "by night</a>" in beside.content.decode()


def test_an_image_s_page_offers_the_slices_by_hand_that_it_is_not_in(
    client: Client, pages: Client, project: Project, annotator: User, night: list[int]
) -> None:
    odd = slice_create(project=project, actor=None, name="odd ones")
    url = f"/projects/{project.slug}/images/{night[0]}/"
    join = f"/projects/{project.slug}/images/slices/{odd.pk}/images/"
    assert list(pages.get(url).context["slices_to_join"]) == [odd]
    assert f'action="{join}"' in pages.get(url).content.decode()
    pages.post(join, {"ids": night[0]})
    text = pages.get(url).content.decode()
    assert "odd ones</a>" in text
    assert join not in text
    client.force_login(annotator)
    assert not client.get(f"/projects/{project.slug}/images/{night[1]}/").context["slices_to_join"]
