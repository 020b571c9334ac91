"""Skipping: never asked again, others are, and it can be taken back."""

from __future__ import annotations

import pytest

from apps.accounts.models import User
from apps.projects.models import Project
from apps.review.models import Reservation, Skip
from apps.review.queue.reservations import reservation_take
from apps.review.queue.skips import skip_take_back, skips_record
from apps.review.services import Answer, reviews_record
from tests.factories import ReviewTaskFactory

pytestmark = pytest.mark.django_db


def take(project: Project, user: User) -> list[int]:
    tasks, _ = reservation_take(project=project, user=user, size=20)
    return [task.pk for task in tasks]


def test_what_is_skipped_goes_to_others_and_comes_back_when_that_is_taken_back(
    project: Project, annotator: User, manager: User
) -> None:
    skipped, kept = (ReviewTaskFactory(project=project).pk for _ in range(2))
    take(project, annotator)
    assert skips_record(project=project, user=annotator, skips={skipped: "unsure"}) == [skipped]
    assert take(project, annotator) == [kept]
    assert skip_take_back(project=project, user=annotator, task_id=skipped)
    assert take(project, annotator) == [kept, skipped]
    skips_record(project=project, user=annotator, skips={skipped: "unsure"})
    assert take(project, manager) == [skipped]
    assert not skip_take_back(project=project, user=annotator, task_id=skipped), "it is another's"
    assert Reservation.objects.filter(user=annotator).count() == 1


def test_skipping_again_changes_the_reason(project: Project, annotator: User) -> None:
    task = ReviewTaskFactory(project=project)
    for reason in ("unsure", "broken"):
        skips_record(project=project, user=annotator, skips={task.pk: reason})
    assert Skip.objects.get().reason == "broken"


def test_what_is_answered_or_elsewhere_cannot_be_skipped(project: Project, annotator: User) -> None:
    answered = ReviewTaskFactory(project=project, reviews_needed=2, free_places=2)
    answer = Answer(task=answered.pk, verdict="unclear", key="k")
    reviews_record(project=project, user=annotator, answers=[answer])
    elsewhere = ReviewTaskFactory()
    asked = {answered.pk: "unsure", elsewhere.pk: "unsure", 987654321: "unsure"}
    assert skips_record(project=project, user=annotator, skips=asked) == []
    assert not Skip.objects.exists()
