"""Pictures drawn one at a time, as quickly as may be, for people who move through a space."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ml_engine.batches import to_pixels
from ml_engine.generators.protocol import Drawn


def preview(generator: Drawn, latent: NDArray[np.float32], position: int) -> NDArray[np.uint8]:
    """The picture uint8 (C, H, W) of a latent (Z,) and a class's position.

    It is drawn alone, not among a full chunk of 64, so its last bits may be others than those of
    `Generator.sample`.
    """
    z = torch.from_numpy(latent.astype(np.float32))[None].to(generator.device)
    y = torch.tensor([position], device=generator.device)
    with torch.inference_mode():
        pixels: NDArray[np.uint8] = to_pixels(generator.draw(z, y))[0]
    return pixels
