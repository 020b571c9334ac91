"""The pages of versions."""

from __future__ import annotations

from django.test import Client

from apps.accounts.models import User
from apps.datasets.models import Export
from apps.jobs.models import Job
from apps.projects.models import Project
from tests.datasets.versions import entry, export_of, version_of


def page(client: Client, project: Project, path: str = "") -> str:
    response = client.get(f"/projects/{project.slug}/datasets/{path}")
    assert response.status_code == 200
    return response.content.decode()


def test_a_project_without_versions_says_what_they_are_for(pages: Client, project: Project) -> None:
    text = page(pages, project)
    assert "No version yet" in text
    assert "Freeze a version" in text


def test_versions_are_listed_and_two_can_be_compared(pages: Client, project: Project) -> None:
    version_of(project, entry("a"))
    version_of(project, entry("a"), entry("b", "coat"), number=2)
    assert "Version 2" in page(pages, project)
    answer = pages.get(f"/projects/{project.slug}/datasets/compare/", {"from": 1, "to": 2})
    assert answer.headers["Location"] == f"/projects/{project.slug}/datasets/1/difference/2/"
    text = page(pages, project, "1/difference/2/?kind=added")
    assert "From version 1 to version 2" in text
    assert entry("b").sha256[:8] in text
    assert "came with it" in text


def test_a_version_shows_its_classes_by_split(pages: Client, project: Project) -> None:
    version = version_of(project, entry("a"))
    text = page(pages, project, "1/")
    assert version.sha256 in text
    assert "boot" in text


def test_a_manager_freezes_with_the_form_s_filters(pages: Client, project: Project) -> None:
    sent = {"note": "", "origin": "real", "splits": ["train", "test"], "least_agreement": ""}
    answer = pages.post(f"/projects/{project.slug}/datasets/freeze/", sent)
    assert answer.status_code == 302
    selection = Job.objects.get().payload["selection"]
    assert selection == {"origin": "real", "splits": ["test", "train"]}
    assert "A version is being frozen." in page(pages, project)


def test_what_became_of_a_freeze_is_told(pages: Client, project: Project) -> None:
    pages.post(f"/projects/{project.slug}/datasets/freeze/", {})
    Job.objects.update(status="failed", error="No image with a class passes these filters.")
    assert "No image with a class passes these filters." in page(pages, project)
    version_of(project, entry("a"))
    Job.objects.update(status="succeeded", result={"version": 1, "new": False})
    assert "found what version 1 holds already" in page(pages, project)
    Job.objects.update(result={"version": 1, "new": True})
    assert "The last freeze" not in page(pages, project)


def test_no_number_is_too_long_to_be_compared(pages: Client, project: Project) -> None:
    for number in ("9" * 5000, "x", "", "-1", "1.0"):
        answer = pages.get(f"/projects/{project.slug}/datasets/compare/", {"from": number, "to": 1})
        assert answer.status_code == 404


def test_a_wrong_filter_is_told(pages: Client, project: Project) -> None:
    answer = pages.post(
        f"/projects/{project.slug}/datasets/freeze/", {"classes": ["hat"]}, follow=True
    )
    assert "There is no class &#x27;hat&#x27;" in answer.content.decode()
    assert not Job.objects.exists()


def test_annotators_look_and_freeze_nothing(
    client: Client, annotator: User, project: Project
) -> None:
    client.force_login(annotator)
    assert "Freeze a version" not in page(client, project)


def test_an_export_is_asked_for_and_shown_in_the_making(pages: Client, project: Project) -> None:
    version_of(project, entry("a"))
    sent = {"format": "coco", "origin": "real"}
    assert pages.post(f"/projects/{project.slug}/datasets/1/export/", sent).status_code == 302
    text = page(pages, project, "1/")
    assert "real only" in text
    assert "queued" in text
    Job.objects.update(status="running", progress=0.4, message="4,000 of 10,000 images")
    assert "4,000 of 10,000 images" in page(pages, project)


def test_an_export_that_is_made_can_be_downloaded_and_deleted(
    pages: Client, project: Project
) -> None:
    export = export_of(version_of(project, entry("a")), b"an archive")
    text = page(pages, project)
    assert f"/api/v1/projects/{project.slug}/exports/{export.pk}/file/" in text
    pages.post(f"/projects/{project.slug}/datasets/exports/{export.pk}/delete/")
    assert not Export.objects.exists()


def test_an_export_of_nothing_is_told(pages: Client, project: Project) -> None:
    version_of(project, entry("a"))
    answer = pages.post(
        f"/projects/{project.slug}/datasets/1/export/",
        {"format": "csv", "origin": "synthetic"},
        follow=True,
    )
    assert "No image of version 1 passes these filters: synthetic only." in answer.content.decode()


def test_members_who_do_not_manage_get_no_file(
    client: Client, annotator: User, project: Project
) -> None:
    export_of(version_of(project, entry("a")), b"an archive")
    client.force_login(annotator)
    text = page(client, project, "1/")
    assert "ready" in text
    assert "/file/" not in text
