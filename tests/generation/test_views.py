"""A synthetic image's lineage, as its page shows it."""

from __future__ import annotations

from django.test import Client

from apps.accounts.models import User
from apps.generation.models import GenerationRun, SyntheticImage
from apps.projects.models import Project
from apps.training.models import Checkpoint, TrainingRun
from tests.factories import ImageFactory


def test_lineage_names_the_generator_the_seed_and_the_parent(
    pages: Client, project: Project, stranger: User
) -> None:
    training_run = TrainingRun.objects.create(
        project=project, kind="generator", family="gan", purpose="generator", config={}, seed=1
    )
    checkpoint = Checkpoint.objects.create(
        project=project,
        training_run=training_run,
        kind="generator",
        folder="f",
        sha256="c0ffee" * 8,
    )
    image = ImageFactory(project=project, origin="synthetic", split="train")
    parent, near = ImageFactory(project=project), ImageFactory(project=project)
    SyntheticImage.objects.create(
        image=image,
        generation_run=GenerationRun.objects.create(
            project=project, checkpoint=checkpoint, seed=4711, round_number=2
        ),
        sample_index=37,
        latent=b"",
        annotation_class=project.annotation_classes.get(name="shirt"),
        parent=parent,
        parent_distance=0.512,
        aimed_because={"strategy": "entropy", "score": 0.87654, "slice": "by night"},
        nearest=[[near.pk, 0.25]],
    )
    address = f"/projects/{project.slug}/images/{image.pk}/lineage/"
    text = " ".join(pages.get(address).content.decode().split())
    for part in (
        "shirt",
        "gan",
        "c0ffeec0",
        "round 2",
        "4711",
        "37",
        f"/images/{parent.pk}/",
        f"/images/{near.pk}/",
        "entropy",
        "0.877",
        "by night",
    ):
        assert part in text, part
    assert '<span class="number">0.51</span> away' in text
    pages.force_login(stranger)
    assert pages.get(address).status_code == 404


def test_a_real_image_has_no_lineage(pages: Client, project: Project) -> None:
    image = ImageFactory(project=project)
    address = f"/projects/{project.slug}/images/{image.pk}/lineage/"
    assert pages.get(address).status_code == 404
