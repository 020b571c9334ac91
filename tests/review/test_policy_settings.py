"""The queue's policy: who changes it, within which bounds, and what it means in words."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.errors import Conflict
from apps.accounts.models import AuditEntry, User
from apps.jobs.models import JobEvent
from apps.projects.models import Project
from apps.review.forms import PolicyForm
from apps.review.models import ReviewSettings
from apps.review.queue.policy_settings import FIELDS, GROUPS, review_settings_change
from apps.review.queue.policy_words import policy_words, votes_needed
from apps.review.selectors import review_settings_get
from tests.factories import ReviewTaskFactory


def words(**settings: object) -> str:
    """The policy in words, as one text."""
    return " ".join(
        sentence for _, part in policy_words(ReviewSettings(**settings)) for sentence in part
    )


def posted(project: Project, **changes: object) -> dict[str, object]:
    """What the form sends for the project's settings with these changes."""
    form = PolicyForm(instance=review_settings_get(project))
    return {name: value for name, value in (form.initial | changes).items() if value is not False}


def test_every_setting_is_in_a_group() -> None:
    model_fields = {field.name for field in ReviewSettings._meta.fields}
    assert set(FIELDS) == model_fields - {"project"}
    assert len(FIELDS) == len(set(FIELDS))


def test_every_group_is_told_in_words() -> None:
    assert [heading for heading, _ in policy_words(ReviewSettings())] == list(GROUPS)


def test_a_change_is_logged_with_what_was_before_and_told_to_open_pages(
    project: Project, manager: User
) -> None:
    settings, changed = review_settings_change(
        project=project, by=manager, reviews_per_task=3, gold_share=0.05, reservation_size=20
    )
    assert settings.reviews_per_task == review_settings_get(project).reviews_per_task == 3
    assert changed == ["reviews_per_task", "gold_share"]
    entry = AuditEntry.objects.get(action="review.settings")
    assert (entry.actor, entry.project_slug) == (manager, project.slug)
    assert entry.detail == {"reviews_per_task": "1 → 3", "gold_share": "0 → 0.05"}
    event = JobEvent.objects.get(project=project, kind="review.settings")
    assert event.payload == {"reviews_per_task": 3, "gold_share": 0.05, "reservation_size": 20}


def test_saving_what_was_there_leaves_no_trace(project: Project, manager: User) -> None:
    review_settings_change(project=project, by=manager, order="score")
    assert not AuditEntry.objects.filter(action="review.settings").exists()
    assert not JobEvent.objects.filter(project=project, kind="review.settings").exists()


def test_what_is_no_setting_is_refused(project: Project, manager: User) -> None:
    with pytest.raises(Conflict, match="pk is no setting"):
        review_settings_change(project=project, by=manager, pk=7)


def test_the_api_says_which_value_is_out_of_bounds_and_what_would_do(
    api: APIClient, project: Project
) -> None:
    address = f"/api/v1/projects/{project.slug}/review/settings/"
    refused = api.patch(address, {"reviews_per_task": 12, "gold_share": -0.1}, format="json")
    assert refused.status_code == 400
    assert refused.json()["error"]["fields"] == {
        "reviews_per_task": ["It must be a number from 1 to 9."],
        "gold_share": ["It must be a number from 0 to 0.5."],
    }
    unknown = api.patch(address, {"reviews": 2}, format="json")
    assert unknown.status_code == 400
    assert "There is no such setting" in unknown.json()["error"]["message"]
    changed = api.patch(address, {"reviews_per_task": 3, "show_guess": True}, format="json").json()
    assert (changed["reviews_per_task"], changed["show_guess"]) == (3, True)
    assert changed == api.get(address).json()


def test_open_questions_keep_the_number_of_people_that_they_were_asked_with(
    pages: Client, project: Project
) -> None:
    tasks = ReviewTaskFactory.create_batch(2, project=project)
    answer = pages.post(
        f"/projects/{project.slug}/review/policy/",
        posted(project, reviews_per_task=3),
        follow=True,
    )
    text = answer.content.decode()
    assert "The 2 open questions keep the number of people" in text
    assert "2 open questions take 1 answer each, and keep that number." in text
    for task in tasks:
        task.refresh_from_db()
        assert (task.reviews_needed, task.free_places) == (1, 1)


def test_a_refused_form_changes_nothing_and_ties_the_sentence_to_its_field(
    pages: Client, project: Project
) -> None:
    answer = pages.post(
        f"/projects/{project.slug}/review/policy/",
        posted(project, reviews_per_task=12, show_guess="on"),
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "12 is out of bounds; write a number from 1 to 9." in text
    assert 'aria-describedby="id_reviews_per_task_helptext id_reviews_per_task_error"' in text
    assert 'id="id_reviews_per_task_error"' in text
    assert "without seeing the model" in text, "what it means is what holds, not what was typed"
    assert review_settings_get(project) == ReviewSettings(project=project)
    assert not review_settings_get(project).show_guess


def test_an_annotator_reads_the_policy_and_cannot_change_it(
    client: Client, annotator: User, project: Project
) -> None:
    client.force_login(annotator)
    text = client.get(f"/projects/{project.slug}/review/policy/").content.decode()
    assert "Managers change it." in text
    assert "Save the policy" not in text


def test_the_preview_says_what_was_typed_would_mean_and_saves_nothing(
    pages: Client, project: Project
) -> None:
    address = f"/projects/{project.slug}/review/policy/preview/"
    typed = pages.get(address, posted(project, reviews_per_task=3, gold_share=0.05))
    text = typed.content.decode()
    assert "Each question is answered by 3 people" in text
    assert "One in 20 tasks has a known answer." in text
    assert "out of bounds" in pages.get(address, posted(project, gold_share=2)).content.decode()
    assert review_settings_get(project).reviews_per_task == 1


def test_the_words_follow_the_settings() -> None:
    assert "answered by one person" in words()
    assert "nobody is checked" in words()
    assert "A reviewer decides where fewer than 2 agree." in words(reviews_per_task=3)
    assert "not all of one mind" in words(reviews_per_task=3, least_agreement=0.7)
    assert "a reviewer decides every question" in words(reviews_per_task=3, least_agreement=1)
    assert "a reviewer decides" not in words(reviews_per_task=1, least_agreement=1)
    assert "is not above 80%" in words(
        reviews_per_task=3, truth_method="dawid_skene", least_agreement=0.8
    )
    assert "agree with it more often" in words(show_guess=True)
    assert "7 in 100 tasks are drawn at random instead" in words(random_share=0.07)
    assert "nothing is asked by its score or age" in words(random_share=1)
    assert "fewer than 14 of their last 20" in words(gold_share=0.1, gold_action="pause")
    assert "paused until a manager" in words(gold_share=0.1, gold_action="pause")
    assert "with 10% is certified, and one with 2.5% refused, at most 1%" in words(
        allowed_defects=0.05, acceptance_confidence=0.99
    )


@pytest.mark.parametrize(
    ("people", "least_agreement", "needed"),
    [(1, 0.5, 1), (2, 0.5, 2), (3, 0.5, 2), (3, 0.66, 2), (5, 0.6, 4), (3, 1.0, None)],
)
def test_as_many_must_agree_as_bring_the_share_above_the_least(
    people: int, least_agreement: float, needed: int | None
) -> None:
    assert votes_needed(people, least_agreement) == needed
    if needed is not None:
        assert needed / people > least_agreement >= (needed - 1) / people
