"""Questions and answers: kept once, kept for good, taken back cleanly."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.images.models import Image
from apps.jobs.models import JobEvent
from apps.projects.models import Project
from apps.review import services
from apps.review.models import QueueAnnouncement, Reservation, Review, ReviewTask
from apps.review.services import Answer, Outcome, Question
from tests.factories import ImageFactory, ReviewTaskFactory

Kind = ReviewTask.Kind


def record(project: Project, user: User, *answers: Answer) -> list[Outcome]:
    return services.reviews_record(project=project, user=user, answers=answers)


def annotate(task: ReviewTask, key: str = "a", name: str = "coat") -> Answer:
    return Answer(task.pk, "class", key, 1.5, name)


@pytest.fixture
def task(project: Project) -> ReviewTask:
    return ReviewTaskFactory(project=project, round_number=1)


@pytest.fixture
def synthetic(project: Project) -> ReviewTask:
    """A generated coat that waits for its validation."""
    image = ImageFactory(project=project, origin="synthetic", split="train")
    coat = project.annotation_classes.get(name="coat")
    return ReviewTaskFactory(project=project, image=image, kind=Kind.VALIDATE, expected_class=coat)


@pytest.mark.django_db
def test_asking_twice_asks_once_even_after_an_answer(project: Project, annotator: User) -> None:
    images = ImageFactory.create_batch(3, project=project)
    questions = [Question(image, Kind.ANNOTATE, 0.5, "margin") for image in images]
    ask = {"project": project, "round_number": 1, "questions": questions}
    assert services.review_tasks_create(**ask) == 3
    record(project, annotator, annotate(ReviewTask.objects.first()))
    assert services.review_tasks_create(**ask) == 0
    assert ReviewTask.objects.count() == 3


@pytest.mark.django_db
def test_an_annotated_image_joins_the_training_split(
    project: Project, annotator: User, task: ReviewTask
) -> None:
    [outcome] = record(project, annotator, annotate(task))
    assert outcome.status == Outcome.STORED
    image = Image.objects.get(pk=task.image_id)
    assert (image.status, image.split) == ("accepted", "train")
    assert image.annotation_class.name == "coat"
    task.refresh_from_db()
    assert task.status == "done"
    assert Review.objects.get(pk=outcome.id).seconds == 1.5


@pytest.mark.django_db
def test_an_unclear_image_stays_in_the_pool(
    project: Project, annotator: User, task: ReviewTask
) -> None:
    record(project, annotator, Answer(task.pk, "unclear", "k"))
    image = Image.objects.get(pk=task.image_id)
    assert (image.status, image.split, image.annotation_class) == ("unreviewed", "pool", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("verdict", "name", "status"),
    [
        ("right", None, "accepted"),
        ("wrong_class", None, "refused"),
        ("wrong_class", "shirt", "refused"),
        ("implausible", None, "refused"),
        ("artefact", None, "refused"),
    ],
)
def test_only_a_right_synthetic_image_is_accepted(  # noqa: PLR0917 — three of them are the case
    project: Project,
    annotator: User,
    synthetic: ReviewTask,
    verdict: str,
    name: str | None,
    status: str,
) -> None:
    [outcome] = record(project, annotator, Answer(synthetic.pk, verdict, "k", 1, name))
    assert outcome.status == Outcome.STORED
    image = Image.objects.get(pk=synthetic.image_id)
    assert (image.status, image.split) == (status, "train")
    if status == "accepted":
        assert image.annotation_class.name == "coat"


@pytest.mark.django_db
def test_the_same_answer_sent_again_is_stored_once(
    project: Project, annotator: User, task: ReviewTask
) -> None:
    [first] = record(project, annotator, annotate(task))
    [again] = record(project, annotator, annotate(task))
    assert (again.status, again.id) == (Outcome.KNOWN, first.id)
    assert Review.objects.count() == 1


@pytest.mark.django_db
def test_a_key_names_one_answer(project: Project, annotator: User, task: ReviewTask) -> None:
    record(project, annotator, annotate(task))
    [other] = record(project, annotator, annotate(task, name="shirt"))
    assert other.status == Outcome.REFUSED
    assert "another answer" in other.message
    assert Review.objects.get().annotation_class.name == "coat"


@pytest.mark.django_db
def test_one_bad_answer_never_loses_the_good_ones(
    project: Project, annotator: User, task: ReviewTask, synthetic: ReviewTask
) -> None:
    strange = ReviewTaskFactory()
    outcomes = record(
        project,
        annotator,
        annotate(task, "no class", name="hat"),
        Answer(task.pk, "class", "class missing"),
        Answer(task.pk, "right", "other kind"),
        Answer(synthetic.pk, "right", "class too many", 1, "coat"),
        Answer(task.pk, "unclear", "when", float("nan")),
        Answer(task.pk, "unclear", ""),
        Answer(strange.pk, "unclear", "other project"),
        annotate(task, "good"),
        annotate(task, "twice"),
    )
    assert [outcome.status for outcome in outcomes] == ["refused"] * 7 + ["stored", "refused"]
    assert all(outcome.message.endswith((".", ";")) for outcome in outcomes if outcome.message)
    assert Review.objects.get().key == "good"


@pytest.mark.django_db
def test_a_late_answer_counts_where_the_place_is_free(
    project: Project, annotator: User, manager: User, task: ReviewTask
) -> None:
    late = timezone.now() - timedelta(seconds=1)
    services.reservation_take(project=project, user=annotator, size=1)
    Reservation.objects.update(expires_at=late)
    services.reservations_expire()
    services.reservation_take(project=project, user=manager, size=1)
    [outcome] = record(project, annotator, annotate(task))
    assert outcome.status == Outcome.REFUSED
    assert "somebody else" in outcome.message
    Reservation.objects.update(expires_at=late)
    [outcome] = record(project, annotator, annotate(task))
    assert outcome.status == Outcome.STORED


@pytest.mark.django_db
def test_two_who_disagree_leave_the_image_as_it_was(
    project: Project, annotator: User, manager: User
) -> None:
    task = ReviewTaskFactory(project=project, reviews_needed=2, free_places=2)
    record(project, annotator, annotate(task, name="coat"))
    task.refresh_from_db()
    assert task.status == "open"
    record(project, manager, annotate(task, name="shirt"))
    task.refresh_from_db()
    assert task.status == "done"
    assert Image.objects.get(pk=task.image_id).status == "unreviewed"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", Kind.values)
def test_taking_back_undoes_everything_but_the_record(  # noqa: PLR0917 — all are fixtures
    project: Project,
    annotator: User,
    manager: User,
    task: ReviewTask,
    synthetic: ReviewTask,
    kind: str,
) -> None:
    asked = task if kind == Kind.ANNOTATE else synthetic
    answer = annotate(asked) if kind == Kind.ANNOTATE else Answer(asked.pk, "artefact", "a")
    before = Image.objects.values("status", "split", "annotation_class").get(pk=asked.image_id)
    [outcome] = record(project, annotator, answer)
    review = Review.objects.get(pk=outcome.id)

    services.review_take_back(user=manager, review=review)  # not theirs: nothing happens
    assert Review.objects.get().superseded_at is None

    for _ in range(2):
        services.review_take_back(user=annotator, review=review)
    assert Review.objects.get().superseded_at is not None
    after = Image.objects.values("status", "split", "annotation_class").get(pk=asked.image_id)
    assert after == before
    assert Reservation.objects.get(task=asked).user == annotator
    [outcome] = record(project, annotator, Answer(asked.pk, answer.verdict, "b", 1,
                                                  answer.annotation_class))  # fmt: skip
    assert outcome.status == Outcome.STORED


@pytest.mark.django_db
def test_an_answer_that_was_asked_again_cannot_be_taken_back(
    project: Project, annotator: User, task: ReviewTask
) -> None:
    [outcome] = record(project, annotator, annotate(task))
    ReviewTaskFactory(project=project, image=task.image)
    with pytest.raises(Conflict):
        services.review_take_back(user=annotator, review=Review.objects.get(pk=outcome.id))
    assert Review.objects.get().superseded_at is None
    assert Image.objects.get(pk=task.image_id).status == "accepted"


@pytest.mark.django_db
def test_a_withdrawn_task_says_so(project: Project, annotator: User, task: ReviewTask) -> None:
    services.reservation_take(project=project, user=annotator, size=1)
    assert services.review_tasks_withdraw(project=project, round_number=1) == 1
    [outcome] = record(project, annotator, annotate(task))
    assert (outcome.status, "withdrawn" in outcome.message) == (Outcome.REFUSED, True)
    assert not Reservation.objects.exists()


def announced(project: Project) -> list[dict[str, int]]:
    events = JobEvent.objects.filter(project=project, kind="review.counted").order_by("seq")
    return list(events.values_list("payload", flat=True))


@pytest.mark.django_db(transaction=True)
def test_busy_queues_raise_no_flood_and_the_last_count_is_told(
    project: Project, annotator: User
) -> None:
    tasks = ReviewTaskFactory.create_batch(10, project=project, round_number=3)
    for number, task in enumerate(tasks):
        record(project, annotator, annotate(task, str(number)))
    assert len(announced(project)) < 10
    QueueAnnouncement.objects.update(announced_at=timezone.now() - timedelta(seconds=1))
    services.counts_announce_due()
    services.counts_announce_due()
    assert announced(project)[-1] == {
        "round": 3, "annotated": 10, "validated": 0, "open_annotate": 0, "open_validate": 0,
    }  # fmt: skip
    assert not QueueAnnouncement.objects.filter(is_due=True).exists()
