"""How a classifier does on each slice, on pages and over REST."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.evaluation.confusions import Confusions
from apps.evaluation.models import EvaluatedImages, EvaluationRun
from apps.evaluation.slices.accuracy import accuracy_by_slice
from apps.images.models import Image
from apps.images.slices.services import slice_create
from apps.projects.models import Project
from apps.review.shares import Share
from tests.evaluation.test_confusions import evaluated, page_of, url_of

pytestmark = pytest.mark.django_db


def slices_made(run: EvaluationRun) -> None:
    """Boots by metadata, of which one of three is right, coats by hand, and an empty one."""
    images = Image.objects.filter(project=run.project, split=run.split)
    images.filter(annotation_class__name="boot").update(metadata={"light": "night"})
    coats = images.filter(annotation_class__name="coat").values_list("pk", flat=True)
    for name, how in (
        ("night", {"rule": {"light": "night"}}),
        ("odd coats", {"image_ids": list(coats)}),
        ("empty", {}),
    ):
        slice_create(project=run.project, actor=None, name=name, **how)


def test_right_and_measured_images_of_each_slice_are_counted(project: Project) -> None:
    run = evaluated(project)
    slices_made(run)
    told = {each.slice.name: each for each in accuracy_by_slice(Confusions(run))}
    assert told["night"].share == Share(1, 3)
    assert told["odd coats"].share == Share(1, 2)
    assert told["empty"].share is None
    assert told["empty"].note == "None of its images was measured on select."


def test_more_slices_ask_no_more_of_the_database(
    project: Project, django_assert_num_queries: object
) -> None:
    run = evaluated(project)
    assert run.project == project  # read once
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert accuracy_by_slice(Confusions(run)) == []
    slices_made(run)
    for number in range(10):
        slice_create(project=project, actor=None, name=f"slice {number}", rule={"number": number})
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert len(accuracy_by_slice(Confusions(run))) == 13


def test_the_call_and_the_pages_tell_it(api: APIClient, pages: Client, project: Project) -> None:
    run = evaluated(project)
    slices_made(run)
    empty, night, _ = api.get(url_of(run)).json()["slices"]
    assert (night["name"], night["right"], night["count"]) == ("night", 1, 3)
    assert night["low"] == pytest.approx(0.061, abs=0.001)
    assert (empty["count"], empty["accuracy"]) == (None, None)
    model = f"/projects/{project.slug}/models/{run.checkpoint.training_run_id}/"
    for address in (page_of(run), model):
        text = pages.get(address).content.decode()
        assert "1 of 3" in text
        assert "None of its images was measured on select." in text


def test_of_few_images_of_the_sealed_test_nothing_is_told(api: APIClient, project: Project) -> None:
    run = evaluated(project, "test")
    slices_made(run)
    night = api.get(url_of(run)).json()["slices"][1]
    assert night["right"] is night["count"] is night["accuracy"] is None
    assert "test is sealed" in night["note"]


def test_of_enough_images_of_test_the_number_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.evaluation.slices.accuracy.FEWEST_SEALED", 3)
    run = evaluated(project, "test")
    slices_made(run)
    shares = {each.slice.name: each.share for each in accuracy_by_slice(Confusions(run))}
    assert shares["night"] == Share(1, 3)
    assert shares["odd coats"] is None


def test_where_the_list_of_images_was_not_kept_it_is_said(project: Project) -> None:
    run = evaluated(project)
    slices_made(run)
    EvaluatedImages.objects.all().delete()
    assert {"did not keep" in each.note for each in accuracy_by_slice(Confusions(run))} == {True}


def test_what_was_confused_is_kept_as_a_slice_by_one_press(pages: Client, project: Project) -> None:
    run = evaluated(project)
    asked = {"class": "boot", "seen": "coat"}
    page = pages.get(page_of(run), asked).content.decode()
    assert 'value="boot taken for coat"' in page
    answer = pages.post(f"{page_of(run)}slice/", {**asked, "name": "boot taken for coat"})
    slice_ = project.slices.get()
    assert answer["Location"] == f"/projects/{project.slug}/images/slices/{slice_.pk}/"
    shown = Confusions(run).images(Confusions(run).asked(asked))
    assert set(slice_.sliced_images.values_list("image", flat=True)) == {
        image.pk for image in shown
    }
    (accuracy,) = accuracy_by_slice(Confusions(run))
    assert accuracy.share == Share(0, 2)
    assert "partly chance" in accuracy.note
    again = pages.post(f"{page_of(run)}slice/", {**asked, "name": "boot taken for coat"})
    assert again["Location"] == f"{page_of(run)}?class=boot&seen=coat"
    assert "already; choose another name" in pages.get(page_of(run)).content.decode()


def test_over_rest_too_but_never_of_test(api: APIClient, project: Project) -> None:
    run = evaluated(project)
    made = api.post(f"{url_of(run)}slices/", {"class": "boot"}, format="json")
    assert made.status_code == 201
    told = made.json()
    assert (told["name"], told["is_of_errors"]) == ("boot taken for another", True)
    assert (told["image_count"], told["rule"]) == (2, None)
    for sent, sentence in (
        ({"class": "sock"}, "There is no class 'sock'"),
        ({"class": "shirt", "seen": "boot"}, "nothing to keep"),
        ({"class": "boot", "seen": "boot"}, "taken for what they are"),
    ):
        refused = api.post(f"{url_of(run)}slices/", sent, format="json")
        assert refused.status_code == 400
        assert sentence in refused.json()["error"]["message"]
    sealed = api.post(
        f"{url_of(evaluated(project, 'test'))}slices/", {"class": "boot"}, format="json"
    )
    assert sealed.status_code == 409
    assert "not shown" in sealed.json()["error"]["message"]
