"""A reviewer's desk: last decisions, skips, remarks, own filter and own keys."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.projects.models import Membership, Project
from apps.review.models import Reservation, Review, ReviewTask
from tests.factories import MembershipFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db


def desk(project: Project, path: str) -> str:
    return f"/api/v1/projects/{project.slug}/review/{path}/"


def as_(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def answer(client: APIClient, project: Project, task: ReviewTask, **given: Any) -> str:
    body = [{"task": task.pk, "verdict": "unclear", "key": f"key {task.pk}", **given}]
    [outcome] = client.post(desk(project, "reviews"), body, format="json").json()
    assert outcome["status"] == "stored", outcome
    return str(outcome["id"])


def test_any_of_the_last_decisions_can_be_taken_back(api: APIClient, project: Project) -> None:
    first, second, third = ReviewTaskFactory.create_batch(3, project=project)
    oldest = answer(api, project, first, verdict="class", **{"class": "boot"})
    answer(api, project, second)
    api.post(desk(project, "skips"), [{"task": third.pk, "reason": "unsure"}], format="json").json()
    told = api.get(desk(project, "history")).json()
    assert [(past["task"], past["verdict"], past["class"]) for past in told] == [
        (third.pk, "skip", None),
        (second.pk, "unclear", None),
        (first.pk, "class", "boot"),
    ]
    assert told[2]["id"] == oldest
    assert told[2]["image"]["thumbnail_url"].endswith(f"/{first.image_id}/thumbnail/")
    assert api.delete(desk(project, f"reviews/{oldest}")).status_code == 204
    assert api.delete(desk(project, f"skips/{third.pk}")).status_code == 204
    assert [past["task"] for past in api.get(desk(project, "history")).json()] == [second.pk]
    held = Reservation.objects.values_list("task", flat=True)
    assert sorted(held) == [first.pk, third.pk]


def test_the_last_decisions_are_ones_own_and_at_most_fifty(
    api: APIClient, project: Project, manager: User, annotator: User
) -> None:
    tasks = ReviewTaskFactory.create_batch(52, project=project, status="done")
    for person in (manager, annotator):
        Review.objects.bulk_create(
            Review(task=task, user=person, verdict="unclear", seconds=1, key=str(task.pk))
            for task in tasks
        )
    assert len(api.get(desk(project, "history")).json()) == 50
    assert api.get(desk(project, "history"), {"kind": "validate"}).json() == []


def test_a_skip_says_why_or_is_refused(api: APIClient, project: Project) -> None:
    task = ReviewTaskFactory(project=project)
    api.post(desk(project, "reservations"))
    refused = api.post(desk(project, "skips"), [{"task": task.pk, "reason": "no"}], format="json")
    assert refused.status_code == 400
    skip = [{"task": task.pk, "reason": "broken"}]
    for _ in range(2):  # an outbox may send it again
        assert api.post(desk(project, "skips"), skip, format="json").json() == {
            "skipped": [task.pk]
        }
    assert api.post(desk(project, "reservations")).json()["tasks"] == []


def test_flags_and_comments_reach_reviewers_and_bookmarks_nobody(
    api: APIClient, project: Project, annotator: User
) -> None:
    task = ReviewTaskFactory(project=project)
    mine = as_(annotator)
    for kind, text in (("flag", ""), ("bookmark", ""), ("comment", "a glove"), ("flag", "odd")):
        body = {"task": task.pk, "kind": kind, "text": text}
        assert mine.post(desk(project, "remarks"), body, format="json").status_code == 201
    seen = [(told["kind"], told["text"]) for told in api.get(desk(project, "remarks")).json()]
    assert seen == [("comment", "a glove"), ("flag", "odd")]
    assert len(mine.get(desk(project, "remarks")).json()) == 3
    other = MembershipFactory(project=project, role=Membership.Role.ANNOTATOR).user
    assert as_(other).get(desk(project, "remarks")).json() == []


def test_a_comment_sent_twice_is_one_and_an_empty_one_none(
    api: APIClient, project: Project
) -> None:
    task = ReviewTaskFactory(project=project)
    said = {"task": task.pk, "kind": "comment", "text": "a glove"}
    ids = {api.post(desk(project, "remarks"), said, format="json").json()["id"] for _ in range(2)}
    assert len(ids) == 1
    empty = api.post(desk(project, "remarks"), {**said, "text": ""}, format="json")
    assert empty.status_code == 400
    assert api.post(desk(project, "remarks"), {**said, "task": 0}, format="json").status_code == 400


def test_a_reviewer_puts_a_flag_aside_and_its_author_takes_it_away(
    api: APIClient, project: Project, annotator: User
) -> None:
    mine = as_(annotator)
    first, second = ReviewTaskFactory.create_batch(2, project=project)
    flags = [
        mine.post(desk(project, "remarks"), {"task": task.pk, "kind": "flag"}, format="json").json()
        for task in (first, second)
    ]
    other = as_(MembershipFactory(project=project, role=Membership.Role.ANNOTATOR).user)
    other.delete(desk(project, f"remarks/{flags[0]['id']}"))
    assert len(api.get(desk(project, "remarks"), {"kind": "flag"}).json()) == 2
    api.delete(desk(project, f"remarks/{flags[0]['id']}"))
    mine.delete(desk(project, f"remarks/{flags[1]['id']}"))
    assert api.get(desk(project, "remarks"), {"kind": "flag"}).json() == []


def test_a_filter_is_kept_a_person_and_names_what_there_is(
    api: APIClient, project: Project
) -> None:
    address = desk(project, "filter")
    assert api.get(address).json() == {"kinds": [], "classes": []}
    wanted = {"kinds": ["validate"], "classes": ["coat", "boot"]}
    assert api.put(address, wanted, format="json").json()["classes"] == ["boot", "coat"]
    unknown = api.put(address, {"kinds": [], "classes": ["hat"]}, format="json")
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (
        400,
        "classes: This project has no class 'hat'.",
    )
    assert api.get(address).json()["kinds"] == ["validate"]


def test_own_keys_are_kept(api: APIClient) -> None:
    keys = {"right": ["j", "Ctrl+Shift+k"], "skip": ["Space"], "class-3": ["ф"], "help": []}
    assert api.put("/api/v1/me/keys/", {"keys": keys}, format="json").status_code == 200
    assert api.get("/api/v1/me/keys/").json() == {"keys": keys}


@pytest.mark.parametrize(
    "keys",
    [
        {"right": ["<img src=x onerror=alert(1)>"]},
        {"right": ["<"]},
        {"<b>": ["a"]},
        {"right": ["a", "b", "c", "d"]},
        {"right": ["\x07"]},
        {"right": ["\u202e"]},
        {"right": ["Ctrl+"]},
        {"right": "a"},
        {"right": [1]},
        {f"action-{n}": ["a"] for n in range(201)},
        ["a"],
        None,
    ],
)
def test_what_is_no_key_is_not_kept(api: APIClient, keys: Any) -> None:
    answered = api.put("/api/v1/me/keys/", {"keys": keys}, format="json")
    assert answered.status_code == 400
    assert api.get("/api/v1/me/keys/").json() == {"keys": {}}
