"""The pages about models."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from apps.accounts.models import User
from apps.evaluation.models import EvaluationRun, Metric
from apps.generation.models import GenerationRun
from apps.projects.models import Project
from apps.training.models import Checkpoint, TrainingRun
from tests.factories import JobFactory

REASON = "2 of 3 classes collapsed; in class boot the images cover 12% of the real ones."


@pytest.fixture
def generator(project: Project) -> Checkpoint:
    run = TrainingRun.objects.create(
        project=project,
        kind="generator",
        family="conditional_gan",
        purpose="generator",
        config={"steps": 600},
        seed=5,
        job=JobFactory(project=project, status="succeeded", title="Round 2: train the generator"),
        sample_sheet=default_storage.save("samples/1/600.png", ContentFile(b"\x89PNG")),
    )
    return Checkpoint.objects.create(
        project=project, training_run=run, kind="generator", folder="x", sha256="c" * 64
    )


def test_a_collapsed_generator_raises_the_alarm_with_its_reason(
    pages: Client, generator: Checkpoint
) -> None:
    figures = {"class": "boot", "density": 0.4, "coverage": 0.12, "pairwise_ratio": 0.2}
    GenerationRun.objects.create(
        project=generator.project,
        checkpoint=generator,
        seed=1,
        collapsed=True,
        collapse_reason=REASON,
        diversity={
            "density": 0.5,
            "coverage": {"value": 0.21, "low": 0.18, "high": 0.24},
            "k": 5,
            "real_count": 1000,
            "classes": [{**figures, "count": 100, "collapsed": True}],
        },
    )
    url = f"/projects/{generator.project.slug}/models/{generator.training_run_id}/"
    text = pages.get(url).content.decode()
    assert 'role="alert"' in text
    assert REASON in text
    assert "18.0% to 24.0%" in text


def test_a_model_s_figures_name_their_split_and_seed(pages: Client, generator: Checkpoint) -> None:
    run = EvaluationRun.objects.create(
        project=generator.project,
        checkpoint=generator,
        split="select",
        image_count=2000,
        images_sha256="0" * 64,
        predictions=b"",
        targets=b"",
    )
    Metric.objects.create(evaluation_run=run, name="accuracy", value=0.8, low=0.785, high=0.815)
    url = f"/projects/{generator.project.slug}/models/"
    detail = pages.get(f"{url}{generator.training_run_id}/").content.decode()
    assert "On select" in detail
    assert "2,000 real images, seed 5, intervals 95%" in detail
    for text in (detail, pages.get(url).content.decode()):
        assert "78.5% to 81.5%" in text


def test_a_generator_s_measures_name_their_features_counts_and_intervals(
    pages: Client, generator: Checkpoint
) -> None:
    project = generator.project
    batch = GenerationRun.objects.create(
        project=project, checkpoint=generator, seed=7, round_number=2
    )
    run = EvaluationRun.objects.create(
        project=project,
        checkpoint=generator,
        generation_run=batch,
        features="classifier of round 2 (sha ab12)",
        split="guidance",
        image_count=1500,
        sample_count=1500,
        refusals={
            "": {"fid": "FID is not shown: its bias is too large."},
            "boot": {"all": "too few: 9 real and 9 synthetic images"},
        },
        images_sha256="0" * 64,
        predictions=b"",
        targets=b"",
    )
    coat = project.annotation_classes.get(name="coat")
    for of in (None, coat):
        Metric.objects.create(
            evaluation_run=run,
            name="recall",
            annotation_class=of,
            value=0.61 if of else 0.52,
            low=0.5,
            high=0.7,
        )
    url = f"/projects/{project.slug}/models/{generator.training_run_id}/"
    text = pages.get(url).content.decode()
    assert "classifier of round 2 (sha ab12): 1,500 real images of guidance" in text
    assert "1,500 synthetic, seed 7, intervals 95%" in text
    assert "0.52" in text
    assert "FID is not shown: its bias is too large." in text
    assert "too few: 9 real and 9 synthetic images" in text
    assert '0.61 <span class="interval">0.50 to 0.70</span>' in text


def test_the_list_keeps_one_purpose(pages: Client, generator: Checkpoint) -> None:
    url = f"/projects/{generator.project.slug}/models/"
    assert "Round 2: train the generator" in pages.get(f"{url}?purpose=generator").content.decode()
    assert "No such training run yet" in pages.get(f"{url}?purpose=arm").content.decode()


def test_a_sample_sheet_is_served_to_members_only(
    pages: Client, generator: Checkpoint, stranger: User
) -> None:
    url = f"/projects/{generator.project.slug}/models/{generator.training_run_id}/samples/"
    answer = pages.get(url)
    assert answer["Content-Type"] == "image/png"
    assert b"".join(answer) == b"\x89PNG"
    pages.force_login(stranger)
    assert pages.get(url).status_code == 404
