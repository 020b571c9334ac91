"""The job that looks for a real image in a generator's latent space."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image as PillowImage
from torch import nn

from apps.images.contents import image_bytes
from apps.projects.models import Project
from apps.training.learning import classifier_newest
from apps.training.models import Checkpoint
from ml_engine.classifiers.inference import load_classifier
from ml_engine.config import ImageShape, InversionConfig
from ml_engine.generators.training import load_generator
from ml_engine.latents.inversion import invert
from ml_engine.packs import prepare
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import engine_path
from ml_engine.worker.studio.points import startable_image
from ml_engine.worker.studio.shelf import space_walked

SEED = 0
"""Of the draws that a search begins among: the same image is found at the same place."""


def invert_image(context: JobContext) -> dict[str, Any]:
    """Find the point whose image is most like it, as the loop's newest classifier sees both.

    `point` is float32, little-endian, in base64; `pixel_distance` is the root of the mean squared
    difference of pixels, 0 to 1. Raises `CannotEncodeError` where nothing leads from an image to
    the generator's latents, and `RecipeError` where no walk may begin from it any more.
    """
    payload = context.payload
    checkpoint = Checkpoint.objects.get(pk=payload["generator"])
    image = startable_image(context.project, payload["image"])
    generator = load_generator(engine_path(checkpoint.folder))
    space = space_walked(generator)
    pixels = prepare(PillowImage.open(io.BytesIO(image_bytes(image))), generator.shape)[None]
    found = invert(
        generator,
        space,
        pixels,
        np.array([payload["position"]], np.int64),
        perceptual=_perceptual(context.project, generator.shape),
        config=InversionConfig(),
        seed=SEED,
        on_event=context.publish,
        should_stop=context.should_stop,
    )
    return {
        "space": space.name,
        "point": base64.b64encode(found.points[0].numpy().astype("<f4").tobytes()).decode(),
        "pixel_distance": round(float(found.pixel_distances[0]), 4),
        "image": image.pk,
    }


def _perceptual(project: Project, shape: ImageShape) -> nn.Module | None:
    """The backbone of the loop's newest classifier; None where there is none for such images."""
    newest = classifier_newest(project)
    if newest is None:
        return None
    classifier = load_classifier(engine_path(newest.folder))
    return classifier.backbone if classifier.shape == shape else None
