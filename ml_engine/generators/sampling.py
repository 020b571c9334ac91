"""Drawing and encoding in chunks of one size, so that an image depends on its own latent alone.

Every call gets a full chunk, filled up with zeros: kernels, and with them an image's last bits, may
depend on the size of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.batches import to_network, to_pixels
from ml_engine.config import ImageShape

CHUNK = 64


def draw_in_chunks(
    draw: Callable[[Tensor, Tensor], Tensor],
    latents: NDArray[np.float32],
    classes: NDArray[np.int64],
    shape: ImageShape,
    device: torch.device,
) -> NDArray[np.uint8]:
    """Images uint8 (N, C, H, W) by `draw`: latents (B, Z), classes (B,) → images in [-1, 1]."""
    parts = [np.zeros((0, shape.channels, shape.size, shape.size), np.uint8)]
    chunks = _in_chunks(lambda z, y: draw(z.to(device), y), latents, classes, device)
    return np.concatenate(parts + [to_pixels(images) for images in chunks])


def encode_in_chunks(
    encode: Callable[[Tensor, Tensor], Tensor],
    images: NDArray[np.uint8],
    classes: NDArray[np.int64],
    latent_size: int,
    device: torch.device,
) -> NDArray[np.float32]:
    """Latents (N, Z) by `encode`: images (B, C, H, W) in [-1, 1], classes (B,) → (B, Z)."""
    parts = [np.zeros((0, latent_size), np.float32)]
    chunks = _in_chunks(lambda x, y: encode(to_network(x, device), y), images, classes, device)
    return np.concatenate(parts + [latents.float().cpu().numpy() for latents in chunks])


def through_chunks(
    call: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, classes: Tensor
) -> Tensor:
    """What `call` makes of inputs (N, …) and classes (N,), as `draw_in_chunks` does.

    Where gradients are to flow, the last chunk is not filled up: the last bits of a step matter
    less than its time.
    """
    fill = not (torch.is_grad_enabled() and inputs.requires_grad)
    parts = []
    for some, known in zip(torch.split(inputs, CHUNK), torch.split(classes, CHUNK), strict=True):
        count = CHUNK if fill else len(some)
        parts.append(call(_filled(some, count), _filled(known, count))[: len(some)])
    return torch.cat(parts)


def _filled(some: Tensor, count: int) -> Tensor:
    """`some` (N, …) and zeros after it, `count` in all."""
    if len(some) == count:
        return some
    return torch.cat([some, some.new_zeros(count - len(some), *some.shape[1:])])


def _in_chunks(
    call: Callable[[Tensor, Tensor], Tensor],
    inputs: NDArray[Any],
    classes: NDArray[np.int64],
    device: torch.device,
) -> Iterator[Tensor]:
    """What `call` makes of each chunk of inputs (N, …), on the CPU yet, and classes (N,)."""
    for start in range(0, len(classes), CHUNK):
        # Copied: rows of a pack are read-only memory, which torch does not take.
        some = torch.from_numpy(inputs[start : start + CHUNK].copy())
        y = _filled(torch.from_numpy(classes[start : start + CHUNK].copy()), CHUNK)
        with torch.inference_mode():
            yield call(_filled(some, CHUNK), y.to(device))[: len(some)]
