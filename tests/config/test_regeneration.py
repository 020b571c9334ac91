"""Synthetic images made again from their lineage, by real generators."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image as PillowImage

from apps.generation.models import GenerationRun, SyntheticImage
from apps.projects.models import Project
from tests.generation.making import batch_made, generator_made

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["gan", "diffusion"])
def made(request: pytest.FixtureRequest, project: Project) -> SyntheticImage:
    """One of a batch's synthetic images, of either family."""
    batch = batch_made(generator_made(project, request.param))
    return batch.synthetic_images.select_related("image").latest("pk")


def regenerate(project: Project, tmp_path: Path, **options: Any) -> tuple[str, dict[str, Any]]:
    """What the command says, and its figures."""
    said, report = io.StringIO(), tmp_path / "report.json"
    call_command("regenerate", project.slug, json=report, stdout=said, **options)
    return said.getvalue(), json.loads(report.read_text())


def test_every_image_is_made_again_byte_for_byte(
    made: SyntheticImage, project: Project, tmp_path: Path
) -> None:
    count = SyntheticImage.objects.filter(image__project=project).count()
    _, report = regenerate(project, tmp_path)
    assert report["figures"]["same"] == report["figures"]["images"] == count
    assert report["figures"]["largest_difference"] == 0

    _, fewer = regenerate(project, tmp_path, sample=3, seed=1)
    assert fewer["figures"]["images"] == 3
    assert regenerate(project, tmp_path, sample=3, seed=1)[1]["images"] == fewer["images"]


def test_another_picture_or_latent_is_told_and_ends_badly(
    made: SyntheticImage, project: Project, tmp_path: Path
) -> None:
    with default_storage.open(made.image.file, "rb") as file:
        pixels = np.asarray(PillowImage.open(file)).copy()
    pixels[0, 0] = pixels[0, 0] + 9 if pixels[0, 0] < 100 else pixels[0, 0] - 9
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, "PNG")
    Path(default_storage.path(made.image.file)).write_bytes(buffer.getvalue())
    with pytest.raises(CommandError, match=r"1 of .* images differ"):
        regenerate(project, tmp_path)
    _, report = regenerate(project, tmp_path, tolerance=9)
    assert report["figures"]["largest_difference"] == 9
    assert report["figures"]["different"] == 1

    SyntheticImage.objects.filter(pk=made.pk).update(
        latent=np.zeros(len(made.latent) // 4, "<f4").tobytes()
    )
    with pytest.raises(CommandError, match=r"1 of .* images differ"):
        regenerate(project, tmp_path, tolerance=255)
    images = json.loads((tmp_path / "report.json").read_text())["images"]
    assert {image["reason"] for image in images} == {
        "",
        f"Sample {made.sample_index} of the seed {made.generation_run.seed} has another latent.",
    }


def test_no_seed_is_asked_to_name_the_latent_of_a_variant(
    made: SyntheticImage, project: Project, tmp_path: Path
) -> None:
    GenerationRun.objects.update(seed=6)
    with pytest.raises(CommandError):
        regenerate(project, tmp_path)
    SyntheticImage.objects.update(path={"share": 0.2})
    assert regenerate(project, tmp_path)[1]["figures"]["beyond_tolerance"] == 0


def test_images_whose_generator_is_gone_are_told_of(
    made: SyntheticImage, project: Project, tmp_path: Path
) -> None:
    folder = Path(settings.ENGINE_ROOT) / made.generation_run.checkpoint.folder
    shutil.rmtree(folder)
    said, report = regenerate(project, tmp_path)
    assert report["figures"]["not_made"] == report["figures"]["images"]
    assert f"There is no checkpoint at {folder}." in said


def test_what_cannot_be_asked_for_is_said(project: Project) -> None:
    for options, told in (
        ({"slug": "nowhere"}, "There is no project 'nowhere'."),
        ({"sample": 0}, "--sample is 0; it must be at least 1."),
        ({"tolerance": 256}, "--tolerance is 256; it must be between 0 and 255."),
        ({}, f"{project.name} has no synthetic image yet."),
    ):
        with pytest.raises(CommandError) as failure:
            call_command("regenerate", options.pop("slug", project.slug), **options)
        assert str(failure.value) == told
