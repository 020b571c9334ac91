"""Versions over REST."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.jobs.models import Job
from apps.projects.models import Project
from tests.datasets.versions import entry, version_of


def test_freezing_is_a_job_with_the_filters_asked_for(api: APIClient, project: Project) -> None:
    answer = api.post(
        f"/api/v1/projects/{project.slug}/versions/",
        {"classes": ["coat", "boot"], "splits": ["test"], "note": "for the paper"},
        format="json",
    )
    assert answer.status_code == 202
    job = Job.objects.get(pk=answer.json()["id"])
    assert job.kind == "freeze_version"
    assert job.payload == {
        "selection": {"classes": ["boot", "coat"], "splits": ["test"]},
        "note": "for the paper",
    }


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"classes": ["hat"]}, "There is no class 'hat'; choose of boot, coat, shirt."),
        ({"origin": "fake"}, '"fake" is not a valid choice.'),
        ({"splits": "test"}, "Expected a list of items"),
        ({"least_agreement": 2}, "less than or equal to 1"),
    ],
)
def test_a_wrong_filter_is_refused(
    api: APIClient, project: Project, body: dict[str, object], sentence: str
) -> None:
    answer = api.post(f"/api/v1/projects/{project.slug}/versions/", body, format="json")
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]["message"]


def test_versions_are_listed_with_their_counts(api: APIClient, project: Project) -> None:
    version_of(project, entry("a"))
    version_of(project, entry("a"), entry("b"), number=2)
    answer = api.get(f"/api/v1/projects/{project.slug}/versions/").json()
    assert [(row["number"], row["image_count"]) for row in answer["results"]] == [(2, 2), (1, 1)]
    assert api.get(f"/api/v1/projects/{project.slug}/versions/{10**30}/").status_code == 404
    one = api.get(f"/api/v1/projects/{project.slug}/versions/1/").json()
    assert one["counts"] == [["train", "real", "boot", 1]]


def test_the_difference_of_two_versions_is_counted_and_paged(
    api: APIClient, project: Project
) -> None:
    version_of(project, entry("a"), entry("b"))
    version_of(project, entry("b", split="test"), entry("c"), entry("d"), number=2)
    address = f"/api/v1/projects/{project.slug}/versions/1/difference/2/"
    answer = api.get(address, {"page_size": 2}).json()
    assert answer["counts"] == {"added": 2, "removed": 1, "moved": 1}
    rest = api.get(address, {"page_size": 2, "after": answer["next"]}).json()
    assert len(answer["results"] + rest["results"]) == 4
    assert rest["next"] == ""
    moved = api.get(address, {"kind": "moved"}).json()["results"]
    assert [(row["before"]["split"], row["after"]["split"]) for row in moved] == [("train", "test")]
    assert api.get(address, {"after": "../"}).status_code == 400
    assert api.get(address, {"kind": "burnt"}).status_code == 400
