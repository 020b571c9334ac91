"""What managers see of people: counted rightly, told only where there is enough, and acted on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, User
from apps.jobs.models import Job
from apps.projects.models import Project
from apps.review.models import Judgement, Remark, Review, Reviewer, ReviewTask, Skip
from apps.review.people.details import OTHERS, confusions_of, days_of
from apps.review.people.figures import Person, person_list
from tests.factories import (
    MembershipFactory,
    ProjectFactory,
    ReviewFactory,
    ReviewTaskFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def ada(project: Project) -> User:
    return MembershipFactory(project=project, user__username="ada").user


def told(project: Project, user: User, since: datetime | None = None) -> Person:
    [person] = person_list(project, since, only=user)
    everybody = {person.user_id: person for person in person_list(project, since)}
    assert everybody[user.pk] == person
    return person


def judged(project: Project, said: dict[User, str], truth: str, **task: object) -> ReviewTask:
    """A done annotate task, what people said to it, and its judgement."""
    classes = {one.name: one for one in project.annotation_classes.all()}
    asked = ReviewTaskFactory(project=project, status="done", reviews_needed=2, **task)
    for user, name in said.items():
        ReviewFactory(task=asked, user=user, verdict="class", annotation_class=classes[name])
    Judgement.objects.create(
        task=asked, method="majority", verdict="class", annotation_class=classes[truth],
        confidence=1.0,
    )  # fmt: skip
    return asked


def test_speed_and_pace_are_of_standing_answers_only(project: Project, ada: User) -> None:
    for number in range(20):
        review = ReviewFactory(
            task__project=project, user=ada, seconds=number + 1, by_chance=number < 5
        )
        Review.objects.filter(pk=review.pk).update(created_at=NOON + timedelta(minutes=number))
    ReviewFactory(task__project=project, user=ada, seconds=900, superseded_at=timezone.now())
    ReviewFactory(task__project=ProjectFactory(), user=ada, seconds=900)
    person = told(project, ada)
    assert (person.answers, person.by_chance) == ({"annotate": 20}, 5)
    assert person.speed is not None
    assert (person.speed.median, person.speed.p90, person.speed.answers) == (10.0, 18.0, 20)
    assert person.pace is not None
    assert person.pace.per_hour == 20 / 4 * 12, "in twenty minutes, four stretches of five"
    assert person.last_at == NOON + timedelta(minutes=19)
    assert told(project, ada, since=NOON + timedelta(minutes=15)).total == 5
    [day] = days_of(project, ada)
    assert (day.day.isoformat(), day.answers, day.median_seconds) == ("2026-03-02", 20, 10.5)


def test_agreement_leaves_out_what_a_person_answered_alone(
    project: Project, ada: User, manager: User
) -> None:
    for number in range(4):
        judged(project, {ada: "coat", manager: "coat"}, "coat" if number else "boot")
    alone = judged(project, {ada: "coat"}, "coat")
    ReviewTask.objects.filter(pk=alone.pk).update(reviews_needed=1)
    person = told(project, ada)
    assert (person.agreement.count, person.agreement.of) == (3, 4)
    assert not person.agreement_is_told
    Judgement.objects.filter(task=alone).update(method="adjudicated")
    assert told(project, ada).agreement.of == 5, "what a reviewer decided is known"


def test_to_a_validate_task_any_reason_agrees_with_turning_it_down(
    project: Project, ada: User
) -> None:
    for verdict, truth in (("artefact", "bad"), ("right", "right"), ("right", "bad")):
        task = ReviewTaskFactory(project=project, kind="validate", status="done", reviews_needed=3)
        ReviewFactory(task=task, user=ada, verdict=verdict)
        Judgement.objects.create(task=task, method="majority", verdict=truth, confidence=1.0)
    assert told(project, ada).agreement.count == 2


def test_gold_skips_flags_and_standing_are_told(project: Project, ada: User) -> None:
    for is_right in (True, True, False):
        ReviewFactory(task__project=project, task__status="gold", user=ada, gold_right=is_right)
    for reason in ("unsure", "unsure", "broken"):
        Skip.objects.create(task=ReviewTaskFactory(project=project), user=ada, reason=reason)
    Remark.objects.create(task=ReviewTaskFactory(project=project), user=ada, kind="flag")
    Reviewer.objects.create(project=project, user=ada, warned_at=NOON)
    person = told(project, ada)
    assert (person.gold.count, person.gold.of) == (2, 3)
    assert person.skips == {"I cannot tell": 2, "the picture is broken": 1}
    assert (person.flags, person.warned_at, person.paused_at) == (1, NOON, None)


def test_who_left_is_told_for_as_long_as_they_answered(project: Project, ada: User) -> None:
    left = UserFactory(username="left")
    ReviewFactory(task__project=project, user=left)
    assert [(one.username, one.role, one.total) for one in person_list(project)] == [
        ("left", "", 1), ("ada", "annotator", 0),
    ]  # fmt: skip


def test_confusions_are_against_judgements_and_gold(
    project: Project, ada: User, manager: User
) -> None:
    for said in ("coat", "coat", "shirt"):
        judged(project, {ada: said, manager: "coat"}, "coat")
    shirt = project.annotation_classes.get(name="shirt")
    gold = ReviewTaskFactory(
        project=project, status="gold", gold_verdict="class", gold_class=shirt, reviews_needed=30000
    )
    ReviewFactory(task=gold, user=ada, verdict="unclear")
    [confusion] = confusions_of(project, ada)
    assert confusion.columns == ["coat", "shirt", "unclear"]
    assert {row.truth: [cell.count for cell in row.cells] for row in confusion.rows} == {
        "coat": [2, 1, 0],
        "shirt": [0, 0, 1],
    }
    assert (confusion.right.count, confusion.right.of) == (2, 4)
    assert [cell.depth for cell in confusion.rows[0].cells] == [4, 2, 0]


def test_many_classes_are_put_together_without_calling_confusions_right(ada: User) -> None:
    names = [f"class {number}" for number in range(40)]
    project = ProjectFactory(classes=names)
    other = UserFactory()
    for number in range(30):
        said = names[number + 1] if number < 15 else names[number]
        judged(project, {ada: said, other: names[number]}, names[number])
    [confusion] = confusions_of(project, ada)
    assert len(confusion.columns) == 12
    assert confusion.columns[-1] == OTHERS
    assert (confusion.right.count, confusion.right.of) == (15, 30)
    rest = confusion.rows[-1]
    assert not any(cell.is_right for cell in rest.cells)
    assert rest.right.of == sum(cell.count for cell in rest.cells)


def test_the_page_tells_too_few_rather_than_a_figure(
    pages: Client, project: Project, ada: User
) -> None:
    gold = {"task__project": project, "task__status": "gold", "task__gold_verdict": "unclear"}
    ReviewFactory.create_batch(3, user=ada, gold_right=False, **gold)
    html = pages.get(reverse("review_people", args=[project.slug]) + "?days=all").content.decode()
    assert "n 3" in html
    assert html.count("too few") == 3, "speed, pace and gold"
    assert "below the floor" not in html
    ReviewFactory.create_batch(10, user=ada, gold_right=False, **gold)
    html = pages.get(reverse("review_people", args=[project.slug])).content.decode()
    assert "below the floor" in html
    detail = pages.get(reverse("review_person", args=[project.slug, "ada"])).content.decode()
    assert "n 13" in detail
    assert pages.get(reverse("review_person", args=[project.slug, "nobody"])).status_code == 404


def test_agreement_is_told_with_its_interval_and_number(
    pages: Client, project: Project, ada: User, manager: User
) -> None:
    for number in range(24):
        name = ("boot", "coat")[number % 2]
        judged(project, {ada: name, manager: name if number else "shirt"}, name)
    html = pages.get(reverse("review_agreement", args=[project.slug])).content.decode()
    assert f"{ada.username}, {manager.username}" in html or f"{manager.username}, ada" in html
    assert "0.92" in html
    assert "24" in html
    assert "too few" in html, "nobody validated"


def test_letting_a_person_go_on_is_logged_and_counts_gold_anew(
    pages: Client, api: APIClient, project: Project, ada: User
) -> None:
    reviewer = Reviewer.objects.create(project=project, user=ada, paused_at=NOON)
    html = pages.get(reverse("review_people", args=[project.slug])).content.decode()
    assert "Let ada go on" in html
    pages.post(reverse("review_resume", args=[project.slug, "ada"]))
    reviewer.refresh_from_db()
    assert reviewer.paused_at is None
    assert reviewer.gold_since is not None
    entry = AuditEntry.objects.get(action="reviewer.resume")
    assert entry.detail == {"person": "ada", "paused": "2026-03-02T12:00:00+00:00"}
    call = f"/api/v1/projects/{project.slug}/review/people/ada/resume/"
    assert api.post(call).status_code == 409, "they may go on already"
    Reviewer.objects.update(warned_at=NOON)
    assert api.post(call).status_code == 204


def test_people_over_rest(api: APIClient, project: Project, ada: User) -> None:
    ReviewFactory(task__project=project, user=ada, seconds=3.0)
    path = f"/api/v1/projects/{project.slug}/review/people/"
    answer = api.get(path).json()
    [first, *_] = answer["people"]
    assert first["username"] == "ada"
    assert first["answers"] == {"annotate": 1}
    assert first["speed"] == {"median": 3.0, "p90": 3.0, "answers": 1}
    assert first["agreement"]["value"] is None
    assert answer["alpha"]["annotate"] == {"value": None, "low": None, "high": None, "tasks": 0}
    assert api.get(path, {"days": "12"}).status_code == 400


def test_judging_again_is_a_job(pages: Client, project: Project) -> None:
    for _ in range(2):
        pages.post(reverse("review_judge", args=[project.slug]))
    assert Job.objects.get(kind="judge").queue == "cpu"
