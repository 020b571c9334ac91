"""A done task's judgement, the answers behind it, and the image that follows it."""

from __future__ import annotations

from importlib import import_module
from itertools import count

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.models import Membership, Project
from apps.review.answers.judgements import image_judgement, image_judgements
from apps.review.models import Judgement, Review, ReviewSettings, ReviewTask
from apps.review.services import Answer, review_take_back, reviews_record
from tests.factories import ImageFactory, MembershipFactory, ReviewFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db
KEYS = (f"key {number}" for number in count())


def answer(task: ReviewTask, user: User, verdict: str, name: str | None = None) -> Review:
    given = Answer(task.pk, verdict, next(KEYS), 2.0, name)
    [outcome] = reviews_record(project=task.project, user=user, answers=[given])
    assert outcome.status == "stored", outcome.message
    return Review.objects.get(pk=outcome.id)


@pytest.fixture
def people(project: Project) -> list[User]:
    return [MembershipFactory(project=project).user for _ in range(3)]


@pytest.fixture
def task(project: Project) -> ReviewTask:
    """Three people are to say what it shows."""
    return ReviewTaskFactory(project=project, reviews_needed=3, free_places=3)


def test_an_images_class_leads_to_the_answers_behind_it(
    task: ReviewTask, people: list[User]
) -> None:
    assert image_judgement(task.image) is None
    given = [
        answer(task, person, "class", name)
        for person, name in zip(people, ["coat", "shirt", "coat"], strict=True)
    ]
    judgement = image_judgement(task.image)
    assert judgement is not None
    assert judgement.annotation_class == Image.objects.get(pk=task.image_id).annotation_class
    assert (judgement.method, judgement.verdict) == ("majority", "class")
    assert judgement.posterior == {"coat": 0.6667, "shirt": 0.3333}
    assert judgement.confidence == 0.6667
    assert set(judgement.reviews.all()) == set(given)


def test_taking_back_supersedes_and_answering_again_judges_again(
    project: Project, people: list[User]
) -> None:
    task = ReviewTaskFactory(project=project)
    first = answer(task, people[0], "class", "coat")
    review_take_back(user=people[0], review=first)
    assert image_judgement(task.image) is None
    assert Image.objects.get(pk=task.image_id).annotation_class is None
    second = answer(task, people[0], "class", "shirt")
    judgement = image_judgement(task.image)
    assert judgement is not None
    assert [*judgement.reviews.all()] == [second]
    assert [one.verdict for one in image_judgements(task.image)] == ["class", "class"]


def test_where_people_agree_too_little_the_image_stays_and_a_reviewer_is_asked(
    project: Project, task: ReviewTask, people: list[User]
) -> None:
    ReviewSettings.objects.create(project=project, least_agreement=0.7)
    for person, name in zip(people, ["coat", "shirt", "coat"], strict=True):
        answer(task, person, "class", name)
    image = Image.objects.get(pk=task.image_id)
    assert (image.status, image.split, image.annotation_class) == ("unreviewed", "pool", None)
    undecided = Judgement.objects.get(task=task)
    assert (undecided.verdict, undecided.confidence) == ("", 0.6667)
    assert image_judgement(image) is None
    adjudication = ReviewTask.objects.get(kind="adjudicate", about=task)

    reviewer = MembershipFactory(project=project, role=Membership.Role.REVIEWER).user
    decided = answer(adjudication, reviewer, "class", "shirt")
    image.refresh_from_db()
    assert image.annotation_class.name == "shirt"
    judgement = image_judgement(image)
    assert judgement is not None
    assert (judgement.method, judgement.task) == ("adjudicated", task)
    assert [*judgement.reviews.all()] == [decided]
    undecided.refresh_from_db()
    assert undecided.superseded_at is not None


def test_an_unclear_question_leaves_the_judgement_that_the_class_came_from(
    project: Project, people: list[User]
) -> None:
    image = ImageFactory(project=project)
    first = ReviewTaskFactory(project=project, image=image)
    answer(first, people[0], "class", "coat")
    answer(ReviewTaskFactory(project=project, image=image), people[1], "unclear")
    judgement = image_judgement(image)
    assert judgement is not None
    assert judgement.task == first


def test_reasons_may_differ_between_those_who_turn_an_image_down(
    project: Project, people: list[User]
) -> None:
    image = ImageFactory(project=project, origin="synthetic", split="train")
    task = ReviewTaskFactory(
        project=project, image=image, kind="validate", reviews_needed=3, free_places=3
    )
    for person, verdict in zip(people, ["artefact", "implausible", "right"], strict=True):
        answer(task, person, verdict)
    image.refresh_from_db()
    judgement = image_judgement(image)
    assert judgement is not None
    assert (image.status, judgement.verdict, judgement.confidence) == ("refused", "bad", 0.6667)


def test_a_realism_test_judges_no_image(project: Project, people: list[User]) -> None:
    task = ReviewTaskFactory(project=project, kind="realism")
    answer(task, people[0], "fake")
    assert Judgement.objects.count() == 0
    assert Image.objects.get(pk=task.image_id).status == "unreviewed"


def test_tasks_from_before_judgements_get_theirs(project: Project) -> None:
    coat, shirt = project.annotation_classes.filter(name__in=["coat", "shirt"])

    def done(kind: str, *answers: dict[str, object], status: str = "done") -> ReviewTask:
        task = ReviewTaskFactory(project=project, kind=kind, status=status)
        for given in answers:
            ReviewFactory(task=task, **given)
        return task

    as_coat = {"verdict": "class", "annotation_class": coat}
    as_shirt = {"verdict": "class", "annotation_class": shirt}
    agreed = done("annotate", as_coat, as_coat, as_shirt)
    split = done("annotate", as_coat, as_shirt)
    turned_down = done("validate", {"verdict": "right"}, {"verdict": "artefact"})
    named = done("validate", {"verdict": "wrong_class", "annotation_class": shirt})
    done("annotate", as_coat, status="open")
    with connection.cursor() as cursor:
        for _ in range(2):  # the second time finds them judged
            cursor.execute(import_module("apps.review.migrations.0007_judge_done_tasks").JUDGE)
    told = {
        judgement.task: (
            judgement.verdict,
            judgement.annotation_class,
            judgement.posterior,
            judgement.reviews.count(),
        )
        for judgement in Judgement.objects.all()
    }
    assert told == {
        agreed: ("class", coat, {"coat": 0.6667, "shirt": 0.3333}, 3),
        split: ("", None, {"coat": 0.5, "shirt": 0.5}, 2),
        turned_down: ("bad", None, {"right": 0.5, "artefact": 0.5}, 2),
        named: ("wrong_class", shirt, {"wrong_class": 1.0}, 1),
    }
