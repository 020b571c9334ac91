"""The overview, its buttons, and the settings page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.images.models import Image
from apps.jobs.models import Worker
from apps.loops.models import Decision, Loop, Mix, Round
from apps.loops.services import loop_get_or_create, round_begin, round_step_set
from apps.projects.models import Project
from tests.factories import ImageFactory


def interval(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.02, "high": value + 0.02}


def finished_round(project: Project, *, ratio: float, outcome: str, reason: str) -> Round:
    """A round that is done, with its mix, its decision and its figures."""
    round_ = round_begin(loop=loop_get_or_create(project))
    mix = Mix.objects.create(
        project=project,
        round=round_,
        ratio=ratio,
        most_synthetic_per_real=3,
        seed=1,
        real_count=300,
        synthetic_count=int(300 * ratio),
        images_sha256="0" * 64,
    )
    Decision.objects.create(
        round=round_, mix=mix, outcome=outcome, candidate_ratio=0.5, reason=reason
    )
    round_.summary = {
        "annotated": 300,
        "ratio": ratio,
        "split": "select",
        "image_count": 2000,
        "seeds": [1, 2, 3],
        "real_only": {"accuracy": interval(0.71)},
        "mixed": {"accuracy": interval(0.74)},
    }
    round_step_set(round_=round_, step=Round.Step.DONE)
    Loop.objects.filter(project=project).update(mix=mix)
    return round_


def page(client: Client, project: Project, path: str = "") -> str:
    response = client.get(f"/projects/{project.slug}/{path}")
    assert response.status_code == 200
    return response.content.decode()


def test_a_new_project_says_what_to_do_first(pages: Client, project: Project) -> None:
    text = page(pages, project)
    assert "No round has run yet" in text
    assert "Start the loop" in text
    assert 'data-points="0"' in text


def test_the_ring_stands_at_the_round_s_step(pages: Client, project: Project) -> None:
    round_ = round_begin(loop=loop_get_or_create(project))
    round_step_set(round_=round_, step=Round.Step.GENERATE)
    text = page(pages, project)
    assert 'data-step="generate"' in text
    assert text.count("ring-done tone") == 3


def test_figures_come_with_their_split_seeds_and_intervals(pages: Client, project: Project) -> None:
    finished_round(project, ratio=0.5, outcome="accepted", reason="On test it was better.")
    text = page(pages, project)
    assert "on select, 2,000 real images, 3 seeds, bands 95%" in text
    assert "74.0%" in text
    assert "72.0% to 76.0%" in text
    assert 'data-points="1"' in text


def test_that_synthetic_images_did_not_help_is_shown_as_a_result(
    pages: Client, project: Project
) -> None:
    finished_round(project, ratio=0, outcome="refused", reason="The mix stays at ratio 0.")
    text = page(pages, project)
    assert "synthetic images did not help" in text
    assert "The mix stays at ratio 0." in text


def test_images_are_counted_by_class_and_origin(pages: Client, project: Project) -> None:
    boot = project.annotation_classes.get(name="boot")
    known = {"project": project, "annotation_class": boot, "status": "accepted", "split": "train"}
    ImageFactory.create_batch(3, **known)
    ImageFactory.create_batch(2, **known, origin=Image.Origin.SYNTHETIC)
    ImageFactory(**{**known, "split": "select"})
    coverage = pages.get(f"/projects/{project.slug}/").context["coverage"]
    assert next((item.name, item.real, item.synthetic) for item in coverage) == ("boot", 3, 2)


@pytest.mark.parametrize(("age", "is_missing"), [(2, False), (11, True)])
def test_a_worker_silent_for_ten_seconds_is_missed_on_every_page(
    pages: Client, project: Project, age: int, is_missing: bool
) -> None:
    heard = timezone.now() - timedelta(seconds=age)
    Worker.objects.create(name="w", pid=1, started_at=heard, heartbeat_at=heard)
    for path in ("", "models/", "settings/", "top/"):
        assert ("No worker is alive, jobs wait." in page(pages, project, path)) == is_missing


def test_a_loop_that_lacks_images_says_so_instead_of_starting(
    pages: Client, project: Project
) -> None:
    response = pages.post(f"/projects/{project.slug}/loop/start/", follow=True)
    assert "needs annotated images of at least two classes" in response.content.decode()
    assert loop_get_or_create(project).status == Loop.Status.STOPPED


def test_a_running_loop_is_paused_and_resumed(pages: Client, project: Project) -> None:
    for name in ("boot", "coat"):
        known = {"project": project, "annotation_class": project.annotation_classes.get(name=name)}
        ImageFactory(**known, split="train", status="accepted")
        ImageFactory(**known, split="select", status="accepted")
    for action, status in (("start", "running"), ("pause", "paused"), ("resume", "running")):
        pages.post(f"/projects/{project.slug}/loop/{action}/")
        assert loop_get_or_create(project).status == status


def test_rolling_back_is_asked_about_recorded_and_undone_by_rolling_forward(
    pages: Client, project: Project
) -> None:
    first = finished_round(project, ratio=0.5, outcome="accepted", reason="It helped.")
    second = finished_round(project, ratio=1, outcome="accepted", reason="It helped more.")
    text = page(pages, project)
    assert "Go back to the mix of round 1?" in text
    assert "Go back to the mix of round 2?" not in text  # it is the one in use
    for round_ in (first, second):
        pages.post(f"/projects/{project.slug}/loop/rollback/{round_.number}/")
        assert loop_get_or_create(project).mix == round_.mix
    assert Decision.objects.filter(outcome=Decision.Outcome.ROLLED_BACK).count() == 2


# --- Settings -------------------------------------------------------------------------------
def settings_form(client: Client, project: Project, **changes: object) -> dict[str, object]:
    form = client.get(f"/projects/{project.slug}/settings/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    given = {**values, **changes}
    # A browser sends nothing for an empty number or an unticked box.
    return {
        name: value for name, value in given.items() if value is not None and value is not False
    }


def test_settings_are_saved_and_0_is_always_an_arm(pages: Client, project: Project) -> None:
    values = settings_form(pages, project, ratios="1, 0.25", annotate_per_round="80", mirror=False)
    response = pages.post(f"/projects/{project.slug}/settings/", values)
    assert response.status_code == 302, response.context["form"].errors
    loop = loop_get_or_create(project)
    assert (loop.ratios, loop.annotate_per_round, loop.mirror) == ([0.0, 0.25, 1.0], 80, False)
    assert 'value="0, 0.25, 1"' in page(pages, project, "settings/")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("classifier", "resnet18", "it must be &#x27;small_cnn&#x27; or &#x27;timm:&lt;name&gt;"),
        ("generator", "dreams", "There is no generator dreams; choose from the list."),
        ("ratios", "0, many", "&#x27;many&#x27; is no ratio; write numbers from 0 to 10"),
        ("ratios", "-1", "&#x27;-1&#x27; is no ratio"),
        ("random_share", "1.5", "less than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_refused_at_its_field(
    pages: Client, project: Project, field: str, value: str, sentence: str
) -> None:
    values = settings_form(pages, project, **{field: value})
    response = pages.post(f"/projects/{project.slug}/settings/", values)
    assert response.status_code == 422
    text = response.content.decode()
    assert f'id="id_{field}_error"' in text
    assert sentence in text
    assert loop_get_or_create(project).random_share == 0.2


def test_annotators_read_the_settings_and_change_nothing(
    client: Client, annotator: User, project: Project
) -> None:
    client.force_login(annotator)
    text = page(client, project, "settings/")
    assert "Save settings" not in text
    assert client.post(f"/projects/{project.slug}/settings/", {}).status_code == 403
    assert client.post(f"/projects/{project.slug}/loop/start/").status_code == 403
    assert client.post(f"/projects/{project.slug}/loop/rollback/1/").status_code == 403
