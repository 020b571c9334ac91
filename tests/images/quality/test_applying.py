"""Laying a policy over the images that are there."""

from __future__ import annotations

from typing import Any

import pytest

from apps.images.models import Image, QualityMeasures, QualityPolicy
from apps.images.quality.applying import quality_apply, quality_apply_enqueue, resembling_apply
from apps.images.quality.policies import quality_policy_change
from apps.images.quality.restoring import images_restore
from apps.jobs.models import JobEvent
from apps.jobs.services import Claim, Fenced, job_claim
from apps.projects.models import Project
from apps.review.models import Review, ReviewTask
from apps.review.services import image_tasks_withdraw
from ml_engine.config import StopRequestedError
from tests.factories import ReviewTaskFactory, UserFactory
from tests.images.quality.making import blurred, recompressed, scene, take_in

pytestmark = pytest.mark.django_db


def claimed(project: Project) -> Claim:
    claim = job_claim(job_id=quality_apply_enqueue(project=project, by=None).pk, worker="w")
    assert claim
    return claim


def apply(project: Project, claim: Claim | None = None, **more: Any) -> dict[str, int]:
    return quality_apply(
        claim=claim or claimed(project),
        project=project,
        withdraw=image_tasks_withdraw,
        on_progress=more.get("on_progress", lambda done, total: None),
        should_stop=more.get("should_stop", lambda: False),
    )


def states(project: Project) -> dict[str, str]:
    return dict(project.images.values_list("name", "status"))


def test_a_policy_reaches_what_is_there_and_lets_go_again(project: Project) -> None:
    take_in(project, scene(1), blurred(2), blurred(3))
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    assert set(states(project).values()) == {"unreviewed"}
    assert apply(project)["set_apart"] == 2
    assert states(project) == {
        "0.png": "unreviewed", "1.png": "quarantined", "2.png": "quarantined",
    }  # fmt: skip
    event = JobEvent.objects.get(project=project, kind="images.quarantined")
    assert event.payload == {"count": 2, "reasons": {"blurred": 2}}
    quality_policy_change(project=project, by=None, least_sharpness=None)
    assert apply(project)["let_go"] == 2
    assert set(states(project).values()) == {"unreviewed"}
    assert not QualityMeasures.objects.exclude(reasons=[]).exists()


def test_a_second_time_changes_nothing(project: Project) -> None:
    take_in(project, scene(1), blurred(2), recompressed(scene(1)))
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    apply(project)
    before = list(project.images.order_by("pk").values_list("pk", "status", "group"))
    again = apply(project)
    assert (again["set_apart"], again["let_go"]) == (0, 0)
    assert list(project.images.order_by("pk").values_list("pk", "status", "group")) == before


def test_what_people_answered_about_or_restored_stays(project: Project) -> None:
    answered, restored, plain = take_in(project, blurred(1), blurred(2), blurred(3)).accepted
    Review.objects.create(
        task=ReviewTaskFactory(project=project, image=answered, kind="annotate"),
        user=UserFactory(),
        verdict="unclear",
        seconds=1.0,
        key="key",
    )
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    apply(project)
    images_restore(project=project, image_ids=[restored.pk], by=None)
    apply(project)
    assert states(project) == {
        answered.name: "unreviewed", restored.name: "unreviewed", plain.name: "quarantined",
    }  # fmt: skip


def test_open_questions_about_what_is_set_apart_are_withdrawn(project: Project) -> None:
    (image,) = take_in(project, blurred(1)).accepted
    task = ReviewTaskFactory(project=project, image=image, kind="annotate")
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    apply(project)
    task.refresh_from_db()
    assert task.status == ReviewTask.Status.WITHDRAWN


def test_images_from_before_there_were_measures_are_measured_and_grouped(
    project: Project,
) -> None:
    take_in(project, scene(1), recompressed(scene(1)), scene(2))
    QualityMeasures.objects.all().delete()
    project.images.update(group=None)
    assert apply(project)["measured"] == 3
    first, again, other = project.images.order_by("pk")
    assert first.group == again.group == first.pixels_sha256
    assert other.group is None


def test_a_stopped_job_goes_on_where_it_was(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.images.quality.applying.A_BATCH", 2)
    take_in(project, *(blurred(seed) for seed in range(5)))
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    claim = claimed(project)
    with pytest.raises(StopRequestedError):
        apply(project, claim, should_stop=lambda: True)
    assert list(states(project).values()).count("quarantined") == 2
    assert QualityPolicy.objects.get(project=project).applied_to
    assert apply(project, claim)["judged"] == 3
    assert list(states(project).values()).count("quarantined") == 5


def test_a_job_that_another_attempt_holds_writes_nothing(project: Project) -> None:
    take_in(project, blurred(1))
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    claim = claimed(project)
    with pytest.raises(Fenced):
        apply(project, Claim(claim.job_id, claim.attempt + 1))
    assert set(states(project).values()) == {"unreviewed"}


def test_a_waiting_job_takes_the_newest_policy(project: Project) -> None:
    first = quality_apply_enqueue(project=project, by=None)
    assert quality_apply_enqueue(project=project, by=None) == first


def test_what_embeddings_find_alike_is_grouped_and_never_leaks(project: Project) -> None:
    (measured,) = take_in(project, scene(1), annotation_class="boot", split="test").accepted
    older, crop, leak = take_in(project, scene(2), scene(3), scene(4)).accepted
    done = resembling_apply(
        claim=claimed(project),
        project=project,
        pairs={crop.pk: [older.pk], leak.pk: [measured.pk]},
        withdraw=image_tasks_withdraw,
    )
    assert done["set_apart"] == 1
    for image in (older, crop, leak):
        image.refresh_from_db()
    assert older.group == crop.group == older.pixels_sha256
    assert leak.status == Image.Status.QUARANTINED
    assert leak.measures.reasons == ["near_duplicate"]
