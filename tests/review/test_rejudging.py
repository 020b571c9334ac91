"""Judging again with all answers at hand: what changes, what stays, and that twice is once."""

from __future__ import annotations

from itertools import count

import pytest

from apps.accounts.models import User
from apps.images.models import Image
from apps.jobs.models import Job
from apps.projects.models import Project
from apps.review.answers.judgements import image_judgement
from apps.review.answers.rejudging import judging_enqueue
from apps.review.models import Judgement, Review, ReviewSettings, ReviewTask
from apps.review.services import Answer, review_take_back, reviews_record
from tests.factories import ImageFactory, MembershipFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db(transaction=True)  # the job beats on a connection of its own
KEYS = (f"key {number}" for number in count())
CLASSES = ("boot", "coat", "shirt")


def answer(task: ReviewTask, user: User, name: str) -> Review:
    given = Answer(task.pk, "class", next(KEYS), 2.0, name)
    [outcome] = reviews_record(project=task.project, user=user, answers=[given])
    assert outcome.status == "stored", outcome.message
    return Review.objects.get(pk=outcome.id)


def judge(project: Project) -> dict[str, object]:
    """The job, done in this process; its result."""
    from ml_engine.worker.tasks import run

    job = judging_enqueue(project=project, title="Judge again")
    run(str(job.pk))
    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED, job.error
    return job.result


def standing() -> dict[int, int]:
    """The ids of the judgements that stand, by task."""
    return dict(Judgement.objects.filter(superseded_at=None).values_list("task_id", "pk"))


@pytest.fixture
def people(project: Project) -> list[User]:
    """One who is always right, and two who call every coat a shirt."""
    ReviewSettings.objects.create(project=project, truth_method="dawid_skene")
    return [MembershipFactory(project=project).user for _ in range(3)]


@pytest.fixture
def coats(project: Project, people: list[User]) -> list[ReviewTask]:
    """Coats that two of three took for shirts, among gold tasks which tell that they do so."""
    careful, *hasty = people
    for number in range(30):
        name = CLASSES[number % 3]
        right = project.annotation_classes.get(name=name)
        gold = ReviewTaskFactory(
            project=project, status="gold", gold_verdict="class", gold_class=right,
            reviews_needed=30000, free_places=30000,
        )  # fmt: skip
        answer(gold, careful, name)
        for person in hasty:
            answer(gold, person, "shirt" if name == "coat" else name)
    tasks = ReviewTaskFactory.create_batch(4, project=project, reviews_needed=3, free_places=3)
    for task in tasks:
        answer(task, careful, "coat")
        for person in hasty:
            answer(task, person, "shirt")
    return tasks


def class_of(task: ReviewTask) -> str | None:
    image = Image.objects.select_related("annotation_class").get(pk=task.image_id)
    return image.annotation_class.name if image.annotation_class else None


def test_who_is_known_to_err_is_outvoted_by_one_who_does_not(
    project: Project, coats: list[ReviewTask]
) -> None:
    before = standing()
    assert {class_of(task) for task in coats} == {"shirt"}
    result = judge(project)
    assert result["annotate"] == {"tasks": 4, "changed": 4}
    assert {class_of(task) for task in coats} == {"coat"}
    for task in coats:
        judgement = image_judgement(task.image)
        assert judgement is not None
        assert judgement.method == "dawid_skene"
        assert judgement.posterior["coat"] > 0.99
        assert judgement.reviews.count() == 3
        assert Judgement.objects.get(pk=before[task.pk]).superseded_at is not None

    again = standing()
    assert judge(project)["annotate"] == {"tasks": 4, "changed": 0}
    assert standing() == again, "judging twice is judging once"


def test_what_a_reviewer_decided_stands(project: Project, coats: list[ReviewTask]) -> None:
    decided = Judgement.objects.get(task=coats[0], superseded_at=None)
    Judgement.objects.filter(pk=decided.pk).update(method="adjudicated")
    judge(project)
    assert [class_of(task) for task in coats] == ["shirt", "coat", "coat", "coat"]
    assert standing()[coats[0].pk] == decided.pk


def test_an_image_that_was_asked_about_again_follows_its_newest_task(
    project: Project, people: list[User], coats: list[ReviewTask]
) -> None:
    newer = ReviewTaskFactory(project=project, image=coats[0].image)
    answer(newer, people[0], "boot")
    judge(project)
    assert [class_of(task) for task in coats] == ["boot", "coat", "coat", "coat"]


def test_an_image_that_is_undecided_now_goes_back_and_a_reviewer_is_asked(
    project: Project, coats: list[ReviewTask]
) -> None:
    ReviewSettings.objects.filter(project=project).update(least_agreement=1.0)
    judge(project)
    for task in coats:
        image = Image.objects.get(pk=task.image_id)
        assert (image.status, image.split, image.annotation_class) == ("unreviewed", "pool", None)
        assert ReviewTask.objects.get(about=task).status == "open"
    ReviewSettings.objects.filter(project=project).update(least_agreement=0.5)
    judge(project)
    assert {class_of(task) for task in coats} == {"coat"}
    assert {task.status for task in ReviewTask.objects.filter(about__in=coats)} == {"withdrawn"}


def test_an_answer_taken_back_meanwhile_is_not_overruled(
    project: Project, people: list[User], coats: list[ReviewTask]
) -> None:
    from ml_engine.worker import truth

    seen = truth.answers_list(project, "annotate")
    review_take_back(user=people[0], review=Review.objects.get(task=coats[0], user=people[0]))
    answer(coats[0], people[0], "boot")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(truth, "answers_list", lambda *_: seen)
        judge(project)
    assert Judgement.objects.get(task=coats[0], superseded_at=None).method == "majority"


def test_the_majority_judges_again_where_the_project_goes_back_to_it(
    project: Project, coats: list[ReviewTask]
) -> None:
    judge(project)
    ReviewSettings.objects.filter(project=project).update(truth_method="majority")
    judge(project)
    assert {class_of(task) for task in coats} == {"shirt"}


def test_asking_twice_asks_once(project: Project) -> None:
    first = judging_enqueue(project=project, title="Judge again")
    assert judging_enqueue(project=project, title="Judge again") == first


def test_images_with_one_answer_are_left_alone(project: Project, people: list[User]) -> None:
    task = ReviewTaskFactory(project=project, image=ImageFactory(project=project))
    answer(task, people[1], "shirt")
    assert judge(project)["annotate"] == {"tasks": 0, "changed": 0}
    assert class_of(task) == "shirt"
