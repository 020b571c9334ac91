"""Adjudication: where people differ, a reviewer decides; nobody else sees the answers."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.models import Membership, Project
from apps.review.answers.adjudication import adjudication_ask, disputed_answers
from apps.review.models import Remark, Review, ReviewTask
from apps.review.services import Answer, Outcome, review_take_back, reviews_record
from tests.factories import ImageFactory, MembershipFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db
Kind = ReviewTask.Kind
Status = ReviewTask.Status
KEYS = (f"key {number}" for number in count())


def answer(user: User, task: ReviewTask, verdict: str, name: str | None = None) -> Outcome:
    given = Answer(task.pk, verdict, next(KEYS), 2.0, name)
    [outcome] = reviews_record(project=task.project, user=user, answers=[given])
    return outcome


def take_back(user: User, outcome: Outcome) -> None:
    review_take_back(user=user, review=Review.objects.get(pk=outcome.id))


def state(task: ReviewTask) -> dict[str, Any]:
    fields = "status", "split", "annotation_class__name"
    return Image.objects.values(*fields).get(pk=task.image_id)


@pytest.fixture
def reviewer(project: Project) -> User:
    return MembershipFactory(project=project, role=Membership.Role.REVIEWER).user


@pytest.fixture
def people(project: Project) -> list[User]:
    return [MembershipFactory(project=project).user for _ in range(2)]


@pytest.fixture
def task(project: Project) -> ReviewTask:
    return ReviewTaskFactory(project=project, round_number=1, reviews_needed=2, free_places=2)


@pytest.fixture
def adjudication(task: ReviewTask, people: list[User]) -> ReviewTask:
    """Two have answered, each another class."""
    answer(people[0], task, "class", "coat")
    answer(people[1], task, "class", "shirt")
    return ReviewTask.objects.get(kind=Kind.ADJUDICATE)


def test_split_answers_are_put_before_a_reviewer_and_the_image_waits(
    task: ReviewTask, adjudication: ReviewTask
) -> None:
    before = {"status": "unreviewed", "split": "pool", "annotation_class__name": None}
    assert state(task) == before
    task.refresh_from_db()
    assert (task.status, adjudication.about, adjudication.status) == ("done", task, "open")
    assert (adjudication.reviews_needed, adjudication.free_places) == (1, 1)
    assert adjudication.priority > 1
    assert adjudication_ask(task=task) == adjudication


def test_people_who_agree_need_no_judge(task: ReviewTask, people: list[User]) -> None:
    for person in people:
        answer(person, task, "class", "coat")
    assert not ReviewTask.objects.filter(kind=Kind.ADJUDICATE).exists()
    assert state(task)["annotation_class__name"] == "coat"


def test_the_decision_stands_over_the_votes_and_can_be_taken_back(
    task: ReviewTask, adjudication: ReviewTask, reviewer: User
) -> None:
    before = state(task)
    split = task.judgements.get(superseded_at=None)
    decided = answer(reviewer, adjudication, "class", "boot")
    assert decided.status == Outcome.STORED
    assert state(task) == {
        "status": "accepted", "split": "train", "annotation_class__name": "boot",
    }  # fmt: skip
    judgement = task.judgements.get(superseded_at=None)
    assert (judgement.method, judgement.verdict) == ("adjudicated", "class")
    assert [review.user for review in judgement.reviews.all()] == [reviewer]

    take_back(reviewer, decided)
    assert state(task) == before
    standing = task.judgements.get(superseded_at=None)
    assert (standing.method, standing.verdict) == ("majority", split.verdict)
    assert answer(reviewer, adjudication, "class", "coat").status == Outcome.STORED
    assert state(task)["annotation_class__name"] == "coat"


def test_a_disputed_synthetic_image_waits_and_takes_its_own_verdicts(
    project: Project, people: list[User], reviewer: User
) -> None:
    coat = project.annotation_classes.get(name="coat")
    image = ImageFactory(project=project, origin="synthetic", split="train")
    task = ReviewTaskFactory(
        project=project, image=image, kind=Kind.VALIDATE, expected_class=coat, batch=7,
        context={"annotation_class": coat.pk}, reviews_needed=2, free_places=2,
    )  # fmt: skip
    answer(people[0], task, "right")
    answer(people[1], task, "artefact")
    assert state(task)["status"] == "unreviewed"
    adjudication = ReviewTask.objects.get(kind=Kind.ADJUDICATE)
    assert (adjudication.batch, adjudication.expected_class) == (7, coat)
    wrong = answer(reviewer, adjudication, "class", "coat")
    assert (wrong.status, "near_copy" in wrong.message) == (Outcome.REFUSED, True)
    assert answer(reviewer, adjudication, "right").status == Outcome.STORED
    assert state(task) == {
        "status": "accepted", "split": "train", "annotation_class__name": "coat",
    }  # fmt: skip


def test_an_annotator_cannot_decide(adjudication: ReviewTask, people: list[User]) -> None:
    outcome = answer(people[0], adjudication, "class", "coat")
    assert (outcome.status, "Reviewers decide" in outcome.message) == (Outcome.REFUSED, True)


def test_an_answer_taken_back_ends_the_dispute(
    task: ReviewTask, adjudication: ReviewTask, people: list[User], reviewer: User
) -> None:
    first = Review.objects.get(task=task, user=people[0])
    review_take_back(user=people[0], review=first)
    adjudication.refresh_from_db()
    assert adjudication.status == Status.WITHDRAWN
    answer(people[0], task, "class", "shirt")
    assert state(task)["annotation_class__name"] == "shirt"
    assert not ReviewTask.objects.filter(kind=Kind.ADJUDICATE, status=Status.OPEN).exists()


def test_an_answer_cannot_be_taken_back_once_a_reviewer_has_decided(
    task: ReviewTask, adjudication: ReviewTask, people: list[User], reviewer: User
) -> None:
    answer(reviewer, adjudication, "class", "coat")
    with pytest.raises(Conflict):
        review_take_back(user=people[0], review=Review.objects.get(task=task, user=people[0]))
    assert state(task)["annotation_class__name"] == "coat"


def test_a_dispute_about_an_image_that_was_asked_again_replaces_the_older_one(
    project: Project, task: ReviewTask, adjudication: ReviewTask, people: list[User]
) -> None:
    again = ReviewTaskFactory(
        project=project, image=task.image, round_number=2, reviews_needed=2, free_places=2
    )
    answer(people[0], again, "class", "coat")
    answer(people[1], again, "unclear")
    open_ = ReviewTask.objects.get(kind=Kind.ADJUDICATE, status=Status.OPEN)
    assert open_.about == again
    adjudication.refresh_from_db()
    assert adjudication.status == Status.WITHDRAWN


def test_the_judge_sees_who_answered_what_and_said_what(
    task: ReviewTask, adjudication: ReviewTask, people: list[User]
) -> None:
    Remark.objects.create(task=task, user=people[1], kind="comment", text="It has sleeves.")
    first, second = disputed_answers([adjudication])[adjudication.pk]
    assert (first["person"], first["class"], first["comments"]) == (
        people[0].username, "coat", [],
    )  # fmt: skip
    assert (second["person"], second["class"], second["comments"]) == (
        people[1].username, "shirt", ["It has sleeves."],
    )  # fmt: skip


def test_only_reviewers_are_given_disputes(
    project: Project, adjudication: ReviewTask, reviewer: User
) -> None:
    def held(user: User, **wanted: Any) -> Any:
        client = APIClient()
        client.force_authenticate(user)
        address = f"/api/v1/projects/{project.slug}/review/reservations/"
        return client.post(address, wanted, format="json")

    fresh = MembershipFactory(project=project).user
    assert held(fresh).json()["tasks"] == []
    assert held(fresh, kinds=["adjudicate"]).status_code == 403
    [shown] = held(reviewer).json()["tasks"]
    assert (shown["id"], shown["kind"], shown["about_kind"]) == (
        adjudication.pk, "adjudicate", "annotate",
    )  # fmt: skip
    assert [given["class"] for given in shown["answers"]] == ["coat", "shirt"]
