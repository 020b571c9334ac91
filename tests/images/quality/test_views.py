"""The quality page, its preview, and the grid of what is set apart."""

from __future__ import annotations

from django.test import Client

from apps.accounts.models import User
from apps.images.quality.policies import quality_policy_change, quality_policy_get
from apps.projects.models import Project
from tests.images.quality.making import blurred, recompressed, scene, take_in

EMPTY = {"near_bits": "3"}


def test_a_number_that_is_typed_shows_what_it_would_stop(project: Project, pages: Client) -> None:
    take_in(project, scene(1), blurred(2), recompressed(scene(1)))
    address = f"/projects/{project.slug}/images/quality/preview/"
    page = pages.get(address, {**EMPTY, "least_sharpness": "100"}).content.decode()
    assert "Not saved yet" in page
    assert '<strong class="number">1</strong> of 3 images' in page
    wrong = pages.get(address, {**EMPTY, "least_sharpness": "many"}).content.decode()
    assert "cannot be" in wrong
    assert quality_policy_get(project).least_sharpness is None


def test_a_policy_is_saved_for_new_images_or_applied_to_all(
    project: Project, pages: Client
) -> None:
    address = f"/projects/{project.slug}/images/quality/"
    answer = pages.post(address, {**EMPTY, "least_entropy": "2"})
    assert answer.url == address
    assert quality_policy_get(project).least_entropy == 2
    answer = pages.post(address, {**EMPTY, "least_entropy": "3", "apply": "yes"})
    assert "/jobs/" in answer.url
    page = pages.get(address).content.decode()
    assert "Last applied" in page


def test_mistakes_stand_at_their_fields(project: Project, pages: Client) -> None:
    address = f"/projects/{project.slug}/images/quality/"
    answer = pages.post(address, {"near_bits": "9", "least_brightness": "nan"})
    assert answer.status_code == 422
    assert "Nothing was saved" in answer.content.decode()


def test_members_read_what_managers_change(
    project: Project, client: Client, annotator: User
) -> None:
    client.force_login(annotator)
    page = client.get(f"/projects/{project.slug}/images/quality/").content.decode()
    assert "Managers change them" in page
    assert "Save for new images" not in page


def test_images_are_chosen_and_restored_or_all_of_a_reason(project: Project, pages: Client) -> None:
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    first, *_ = take_in(project, blurred(1), blurred(2), blurred(3)).accepted
    grid = f"/projects/{project.slug}/images/quarantine/"
    assert pages.get(grid, {"reason": "blurred"}).content.decode().count('type="checkbox"') == 3
    pages.post(f"{grid}restore/", {"image": [str(first.pk), "no number"]})
    assert project.images.filter(status="quarantined").count() == 2
    answer = pages.post(f"{grid}restore/", {"reason": "blurred", "all": "yes"})
    assert answer.url == f"{grid}?reason=blurred"
    assert not project.images.filter(status="quarantined").exists()
    assert "Nothing is set apart" in pages.get(grid, {"reason": "no such"}).content.decode()
