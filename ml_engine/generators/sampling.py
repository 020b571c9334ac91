"""Drawing images in chunks of one size, so that an image depends on its own latent alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.batches import to_pixels
from ml_engine.config import ImageShape

CHUNK = 64


@torch.inference_mode()
def draw_in_chunks(
    draw: Callable[[Tensor, Tensor], Tensor],
    latents: NDArray[np.float32],
    classes: NDArray[np.int64],
    shape: ImageShape,
    device: torch.device,
) -> NDArray[np.uint8]:
    """Images uint8 (N, C, H, W) by `draw`: latents (B, Z), classes (B,) → (B, C, H, W) in [-1, 1].

    Every call gets a full chunk, filled up with zeros: kernels, and with them an image's last
    bits, may depend on the size of the batch.
    """
    parts = [np.zeros((0, shape.channels, shape.size, shape.size), np.uint8)]
    for start in range(0, len(classes), CHUNK):
        some = latents[start : start + CHUNK]
        z = torch.zeros(CHUNK, latents.shape[1])
        y = torch.zeros(CHUNK, dtype=torch.int64)
        z[: len(some)] = torch.from_numpy(some)
        y[: len(some)] = torch.from_numpy(classes[start : start + CHUNK])
        parts.append(to_pixels(draw(z.to(device), y.to(device)))[: len(some)])
    return np.concatenate(parts)
