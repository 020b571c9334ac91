"""Pictures drawn one at a time, as quickly as may be, for people who move through a space."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.batches import to_pixels
from ml_engine.generators.protocol import Drawn, Generator
from ml_engine.latents.spaces import NormalSpace, Space


def preview(generator: Generator, space: Space, point: Tensor, position: int) -> NDArray[np.uint8]:
    """The picture uint8 (C, H, W) of a point (*shape) of the generator's space and a class.

    It is drawn alone, not among a full chunk of 64, so its last bits may be others than those of
    `pixels`.
    """
    points = point[None].to(space.device)
    classes = torch.tensor([position], device=space.device)
    if space.name == NormalSpace.name and isinstance(generator, Drawn):
        with torch.inference_mode():
            images = generator.draw(points, classes)
    else:
        # A space fills its chunks up unless gradients are to flow.
        with torch.enable_grad():
            images = space.images(points.requires_grad_(), classes).detach()
    pixels: NDArray[np.uint8] = to_pixels(images)[0]
    return pixels
