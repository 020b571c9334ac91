"""Generators and classifiers that need no training, and what they made."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from django.conf import settings
from PIL import Image as PillowImage

from apps.generation.models import GenerationRun, SyntheticImage
from apps.images.services import synthetic_images_store
from apps.projects.models import Project
from apps.projects.selectors import image_shape
from apps.training.models import Checkpoint
from ml_engine.checkpoints import save_checkpoint
from ml_engine.classifiers.networks import build_classifier
from ml_engine.config import ClassifierConfig
from ml_engine.devices import repeatable
from ml_engine.generators.registry import generator_family
from ml_engine.generators.training import load_generator, sample
from tests.factories import CheckpointFactory
from tests.ml_engine.generators.conftest import tiny


def generator_made(project: Project, family: str = "gan", seed: int = 1) -> Checkpoint:
    """A generator of fresh networks, whose files lie where a training would have left them."""
    checkpoint = CheckpointFactory(project=project, kind="generator")
    config, shape = tiny(family), image_shape(project)
    count = project.annotation_classes.count()
    generator = generator_family(family)(shape, count, config, seed)
    checkpoint.sha256 = save_checkpoint(
        Path(settings.ENGINE_ROOT) / checkpoint.folder,
        # So far apart that no two of its images are the same.
        {name: 3 * value if family == "gan" and name.startswith("average") else value
         for name, value in generator.state().items()},
        {
            "kind": "generator", "config": config.to_json(), "shape": shape.to_json(),
            "class_count": count, "class_images": [1] * count,
        },
    )  # fmt: skip
    checkpoint.save()
    run = checkpoint.training_run
    run.kind, run.family, run.config = "generator", family, config.to_json()
    run.save()
    return checkpoint


def classifier_made(project: Project) -> Checkpoint:
    """A classifier of fresh networks, deployed as if the loop had trained it."""
    checkpoint = CheckpointFactory(project=project)
    shape, config = image_shape(project), ClassifierConfig()
    count = project.annotation_classes.count()
    checkpoint.sha256 = save_checkpoint(
        Path(settings.ENGINE_ROOT) / checkpoint.folder,
        build_classifier(shape, count, config).state_dict(),
        {
            "kind": "classifier", "config": config.to_json(), "shape": shape.to_json(),
            "class_count": count, "temperature": 1.0,
        },
    )  # fmt: skip
    checkpoint.save()
    return checkpoint


def batch_made(checkpoint: Checkpoint, count: int = 6, seed: int = 5) -> GenerationRun:
    """A batch of it, its images in storage and their lineage in the database."""
    project = checkpoint.project
    classes = list(project.annotation_classes.order_by("position"))
    positions = np.arange(count) % len(classes)
    generator = load_generator(Path(settings.ENGINE_ROOT) / checkpoint.folder)
    with repeatable(2):
        images, latents = sample(generator, seed, positions)
    run = GenerationRun.objects.create(
        project=project, checkpoint=checkpoint, seed=seed, parameters={"threads": 2}
    )
    names = [f"synthetic-{run.pk}-{number}.png" for number in range(count)]
    stored = synthetic_images_store(
        project=project, pictures=[png(image) for image in images], names=names
    )
    for image in stored.accepted:
        number = names.index(image.name)
        SyntheticImage.objects.create(
            image=image, generation_run=run, sample_index=number,
            latent=latents[number].astype("<f4").tobytes(),
            annotation_class=classes[positions[number]],
        )  # fmt: skip
    return run


def png(pixels: np.ndarray) -> bytes:
    """One image uint8 (C, H, W) as a file."""
    buffer = io.BytesIO()
    shown = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    PillowImage.fromarray(shown).save(buffer, "PNG")
    return buffer.getvalue()
