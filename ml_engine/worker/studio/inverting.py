"""The job that looks for a real image in a generator's latent space."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from apps.images.contents import image_bytes
from apps.images.models import Image
from apps.training.models import Checkpoint
from ml_engine.config import EngineEvent
from ml_engine.devices import repeatable
from ml_engine.generators.training import load_generator
from ml_engine.packs import prepare
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import engine_path
from ml_engine.worker.studio.shelf import walked

THREADS = 2


def invert_image(context: JobContext) -> dict[str, Any]:
    """Find the latent; `latent` is float32, little-endian, in base64, `difference` the mean of
    what pixels then lie off, 0 to 255.

    Raises `CannotEncodeError` where the generator has no way from an image to a latent.
    """
    payload = context.payload
    checkpoint = Checkpoint.objects.get(pk=payload["generator"])
    image = Image.objects.select_related("place").get(pk=payload["image"])
    generator = load_generator(engine_path(checkpoint.folder))
    walked(generator)
    context.publish(EngineEvent("progress", 0, 1, {}, "Looking for the image"))
    pixels = prepare(PillowImage.open(io.BytesIO(image_bytes(image))), generator.shape)[None]
    position = np.array([payload["position"]], np.int64)
    with repeatable(THREADS):
        latents = generator.encode(pixels, position)
        made = generator.sample(latents, position)
    return {
        "latent": base64.b64encode(latents[0].astype("<f4").tobytes()).decode(),
        "difference": round(float(np.abs(made.astype(int) - pixels.astype(int)).mean()), 2),
        "image": image.pk,
    }
