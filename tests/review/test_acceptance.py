"""Batches are tested by the looks that people take, and by nothing else."""

from __future__ import annotations

import pytest

from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.jobs.models import JobEvent
from apps.projects.models import Project
from apps.review.batches.acceptance import acceptance_open, acceptance_update
from apps.review.batches.looks import batch_looks, batch_test, looks_of, refusal_counts, walk_of
from apps.review.batches.sequential import fixed_plan, plan_make
from apps.review.models import AcceptanceTest, Review, ReviewSettings, ReviewTask
from apps.review.services import review_take_back
from tests.factories import MembershipFactory
from tests.review.batches import batch_make, look

pytestmark = pytest.mark.django_db


def opened(project: Project, most_looks: int | None = None, **sizes: int) -> GenerationRun:
    """A batch in the queue with its tests begun."""
    run = batch_make(project, **sizes)
    classes = {item.name: item.pk for item in project.annotation_classes.all()}
    strata = {classes[name]: size for name, size in sizes.items()}
    acceptance_open(project=project, batch=run.pk, strata=strata, most_looks=most_looks)
    return run


def state(run: GenerationRun, name: str | None = None) -> tuple[str, int, int]:
    """Status, looks and defects of the whole's test, or of a class's, after the looks so far."""
    acceptance_update(batch=run.pk)
    test = AcceptanceTest.objects.get(batch=run.pk, annotation_class__name=name)
    return test.status, test.looks, test.defects


def test_a_batch_gets_a_test_of_the_whole_and_one_of_each_class_under_the_project_s_policy(
    project: Project,
) -> None:
    ReviewSettings.objects.create(project=project, allowed_defects=0.1, acceptance_confidence=0.9)
    run = opened(project, most_looks=30, boot=40, coat=20)
    whole, boot, coat = AcceptanceTest.objects.order_by("pk")
    assert (whole.size, boot.size, coat.size) == (60, 40, 20)
    assert (whole.most_looks, boot.most_looks) == (30, None)
    plan = plan_make(60, 0.1, 0.9)
    assert (whole.log_a, whole.log_b) == (plan.log_a, plan.log_b)
    assert whole.fixed_looks == fixed_plan(60, 0.1, 0.9).looks
    classes = {item.name: item.pk for item in project.annotation_classes.all()}
    ReviewSettings.objects.update(allowed_defects=0.3)
    acceptance_open(project=project, batch=run.pk, strata={classes["boot"]: 40})
    assert AcceptanceTest.objects.count() == 3
    assert batch_test(run.pk).allowed_defects == 0.1


def test_right_images_certify_a_batch_which_ends_its_test(
    project: Project, annotator: User
) -> None:
    run = opened(project, boot=50, coat=50)
    look(run, annotator, ["right"] * 4)
    assert state(run) == ("walking", 4, 0)
    look(run, annotator, ["right"] * 6)
    status, looks, _ = state(run)
    assert status == "certified"
    assert looks < 10
    look(run, annotator, ["artefact"] * 5)
    assert state(run) == (status, looks, 0)
    [event] = JobEvent.objects.filter(kind="batch.tested", payload__class=None)
    assert event.payload["status"] == "certified"


def test_every_other_verdict_is_a_defect_and_a_refused_batch_is_asked_about_no_more(
    project: Project, annotator: User
) -> None:
    run = opened(project, boot=30)
    others = ReviewTask.objects.filter(batch=run.pk)
    look(run, annotator, ["wrong_class", "implausible"])
    assert state(run) == ("refused", 2, 2)
    assert others.filter(status="open").count() == 0
    assert others.filter(status="withdrawn").count() == 28


def test_a_look_that_is_taken_back_undoes_what_it_decided(
    project: Project, annotator: User
) -> None:
    run = opened(project, boot=30)
    look(run, annotator, ["artefact", "implausible"])
    assert state(run)[0] == "refused"
    review_take_back(user=annotator, review=Review.objects.latest("created_at"))
    assert state(run) == ("walking", 1, 1)
    assert batch_test(run.pk).decided_at is None
    tasks = ReviewTask.objects.filter(batch=run.pk)
    assert tasks.filter(status="open").count() == 29
    assert set(tasks.filter(status="open", reservations=None).values_list("free_places")) == {(1,)}


def test_brought_back_tasks_have_the_places_that_their_answers_leave(
    project: Project, annotator: User, manager: User
) -> None:
    run = opened(project, boot=30)
    ReviewTask.objects.update(reviews_needed=2, free_places=2)
    look(run, annotator, ["artefact"] * 3)
    look(run, manager, ["artefact"] * 2)
    assert state(run)[0] == "refused"
    review_take_back(user=manager, review=Review.objects.filter(user=manager).latest("created_at"))
    assert state(run)[0] == "walking"
    half = ReviewTask.objects.filter(batch=run.pk, status="open", reviews__user=annotator)
    assert list(half.exclude(reservations__user=manager).values_list("free_places", flat=True)) == [
        1
    ]


def test_split_answers_are_a_defect_until_a_reviewer_decides(
    project: Project, annotator: User, manager: User
) -> None:
    run = opened(project, boot=100)
    ReviewTask.objects.update(reviews_needed=2, free_places=2)
    look(run, annotator, ["right"])
    look(run, manager, ["artefact"])
    assert state(run) == ("walking", 1, 1)
    [seen] = batch_looks(run.pk)
    assert seen.verdict == "split"


def test_a_class_is_refused_in_a_batch_that_is_certified(project: Project, annotator: User) -> None:
    run = opened(project, boot=180, coat=20)
    look(run, annotator, ["near_copy"] * 3, of="coat")
    look(run, annotator, ["right"] * 14, of="boot")
    assert state(run)[0] == "certified"
    assert state(run, "coat")[0] == "refused"
    assert state(run, "boot")[0] == "certified"


def test_a_class_looked_at_beyond_its_share_does_not_speak_for_the_batch(
    project: Project, annotator: User
) -> None:
    """Somebody whose queue holds boots only, or a sheet of them: the coats' turn is waited for."""
    run = opened(project, boot=50, coat=50)
    look(run, annotator, ["right"] * 24, of="boot")
    assert state(run)[0] == "walking"
    assert state(run)[1] <= 1
    assert state(run, "boot")[0] == "certified"
    look(run, annotator, ["right"] * 8, of="coat")
    assert state(run)[0] == "certified"


def test_when_its_looks_are_spent_a_batch_stays_undecided(
    project: Project, annotator: User
) -> None:
    run = opened(project, most_looks=4, boot=100)
    look(run, annotator, ["right", "right", "artefact", "right"])
    assert state(run) == ("undecided", 4, 1)
    review_take_back(user=annotator, review=Review.objects.latest("created_at"))
    assert state(run) == ("walking", 3, 1)


def test_a_batch_without_tests_has_nothing_to_bring_on(project: Project) -> None:
    assert acceptance_update(batch=batch_make(project, boot=1).pk) is None


def test_what_was_refused_is_counted_by_verdict_reason_and_class(
    project: Project, annotator: User
) -> None:
    run = opened(project, boot=50, coat=50)
    look(run, annotator, ["artefact", "artefact"], of="boot", reasons=["stripes"])
    look(run, annotator, ["wrong_class"], of="coat", annotation_class="shirt")
    look(run, annotator, ["right"], of="coat")
    assert refusal_counts(project, batch_looks(run.pk)) == {
        "looked": 4,
        "refused": 3,
        "verdicts": {"artefact": 2, "wrong_class": 1},
        "reasons": {"stripes": 2},
        "classes": {"boot": {"looked": 2, "refused": 2}, "coat": {"looked": 2, "refused": 1}},
    }


def test_several_people_s_looks_make_one_walk(project: Project) -> None:
    run = opened(project, boot=100)
    people = [MembershipFactory(project=project).user for _ in range(3)]
    for person, verdicts in zip(people, (["right"] * 3, ["artefact"], ["right"] * 2), strict=True):
        look(run, person, verdicts)
    test = batch_test(run.pk)
    steps = walk_of(test, looks_of(test, batch_looks(run.pk)))
    assert [(step.looks, step.defects) for step in steps] == [
        (1, 0),
        (2, 0),
        (3, 0),
        (4, 1),
        (5, 1),
        (6, 1),
    ]
