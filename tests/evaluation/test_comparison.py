"""Generators side by side."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.evaluation.comparison import generators_compare
from apps.evaluation.models import EvaluationRun, Metric
from apps.generation.models import GenerationRun
from apps.projects.models import Project
from apps.training.models import Checkpoint
from apps.training.services import curve_point_record, notice_record
from ml_engine.config import generator_config
from tests.factories import CheckpointFactory, JobFactory

pytestmark = pytest.mark.django_db


def health(coverage: float, kid: float = 0.01, **more: Any) -> dict[str, Any]:
    figures = {
        name: value + shift
        for base, value in (("coverage", coverage), ("kid", kid))
        for name, shift in ((base, 0.0), (f"{base}_low", -0.005), (f"{base}_high", 0.005))
    }
    facts = {"step": 30, "network": "classifier of round 1 (sha ab)", "image_count": 300}
    return {**facts, **figures, "collapsed": False, "reason": "", **more}


def generator(project: Project, family: str, measured: dict[str, Any] | None) -> Checkpoint:
    checkpoint = CheckpointFactory(
        project=project,
        kind="generator",
        metadata={"health": measured or {}, "seconds": 75.0, "byte_size": 2_000_000},
    )
    run = checkpoint.training_run
    run.family, run.job = family, JobFactory(project=project, status="succeeded", attempt=1)
    run.config = generator_config(family, {"latent_size": 8}).to_json()
    run.save()
    return checkpoint


def families(project: Project) -> list[list[str]]:
    """The families of each comparison, in order."""
    return [
        [entry.trained.run.family for entry in comparison.entries]
        for comparison in generators_compare(project).comparisons
    ]


def test_the_one_that_covers_most_comes_first_and_a_lower_kid_before_a_higher(
    project: Project,
) -> None:
    generator(project, "pca", health(0.5, kid=0.02))
    generator(project, "conditional_gan", health(0.7))
    generator(project, "vae", health(0.5, kid=0.01))
    assert families(project) == [["conditional_gan", "vae", "pca"]]


def test_only_what_the_same_network_measured_on_as_many_images_stands_together(
    project: Project,
) -> None:
    generator(project, "pca", health(0.5))
    generator(project, "conditional_gan", health(0.7, network="classifier of round 2 (sha cd)"))
    generator(project, "vae", health(0.6, image_count=90))
    assert sorted(families(project)) == [["conditional_gan"], ["pca"], ["vae"]]


def test_a_batch_s_measures_make_a_comparison_of_their_own(project: Project) -> None:
    checkpoint = generator(project, "pca", health(0.5))
    for coverage in (0.3, 0.4):  # the newer one holds
        run = EvaluationRun.objects.create(
            project=project, checkpoint=checkpoint, features="classifier of round 1 (sha ab)",
            generation_run=GenerationRun.objects.create(
                project=project, checkpoint=checkpoint, seed=0
            ),
            split="guidance", image_count=900, sample_count=900, images_sha256="0" * 64,
            predictions=b"", targets=b"",
        )  # fmt: skip
        Metric.objects.create(
            evaluation_run=run, name="coverage", value=coverage, low=0.2, high=0.5
        )
    found = {one.source: one for one in generators_compare(project).comparisons}
    (entry,) = found["batch"].entries
    assert (found["batch"].image_count, entry.coverage.value, entry.kid) == (900, 0.4, None)
    assert found["training"].image_count == 300


def test_the_page_shows_figures_with_split_network_interval_and_what_they_cost(
    pages: Client, project: Project
) -> None:
    measured = generator(project, "conditional_gan", health(0.7))
    run = measured.training_run
    curve_point_record(training_run=run, step=100, values={"loss_g": 1.0})
    for _ in range(2):  # as after a resume
        notice_record(training_run=run, kind="alarm", step=30, message="Its boots are all alike.")
    generator(project, "pca", None)
    text = pages.get(f"/projects/{project.slug}/generators/").content.decode()
    for words in (
        "classifier of round 1 (sha ab): 300 real images of guidance",
        '70.0% <span class="interval">69.5% to 70.5%</span>',
        '0.0100 <span class="interval">0.0050 to 0.0150</span>',
        "1 min 15 s",
        f"{100 * run.config['batch_size'] / 75:.0f}</td>",
        "latent size 8",
        "Not measured",
        f"/projects/{project.slug}/loop/generator/{run.pk}/",
    ):
        assert words in text
    assert generators_compare(project).comparisons[0].entries[0].trained.alarms == 1


def test_a_resumed_training_names_no_speed(project: Project) -> None:
    checkpoint = generator(project, "conditional_gan", health(0.7))
    curve_point_record(training_run=checkpoint.training_run, step=100, values={"loss_g": 1.0})
    checkpoint.training_run.job.attempt = 2
    checkpoint.training_run.job.save()
    (comparison,) = generators_compare(project).comparisons
    assert comparison.entries[0].trained.images_a_second is None


def test_only_managers_are_offered_to_train_and_to_use(
    client: Client, annotator: User, project: Project
) -> None:
    generator(project, "pca", health(0.5))
    client.force_login(annotator)
    text = client.get(f"/projects/{project.slug}/generators/").content.decode()
    assert "Use in the loop" not in text
    assert "Train a generator" not in text


def test_a_model_s_page_says_which_moment_was_kept_and_what_it_warned_of(
    pages: Client, project: Project
) -> None:
    run = generator(project, "conditional_gan", health(0.7)).training_run
    notice_record(training_run=run, kind="alarm", step=30, message="Its boots are all alike.")
    text = pages.get(f"/projects/{project.slug}/models/{run.pk}/").content.decode()
    assert 'role="alert"' in text
    assert "Its boots are all alike." in text
    assert "the weights after step 30 of" in text
    assert "69.5% to 70.5%" in text


def test_settings_of_an_older_version_are_no_error(pages: Client, project: Project) -> None:
    run = generator(project, "conditional_gan", health(0.7)).training_run
    run.family, run.config = "dreams", {"family": "dreams", "depth": 3}
    run.save()
    assert "dreams" in pages.get(f"/projects/{project.slug}/generators/").content.decode()
    pages.post(f"/projects/{project.slug}/loop/generator/{run.pk}/")
    page = pages.get(f"/projects/{project.slug}/models/{run.pk}/").content.decode()
    assert "not those of today" in page
