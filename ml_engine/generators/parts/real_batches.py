"""The real images of each step of a generator's training."""

from __future__ import annotations

import torch
from torch import Tensor

from ml_engine.batches import (
    AnnotatedImages,
    BatchStream,
    mirror,
    square_root_weights,
    to_network,
)
from ml_engine.distributed import share
from ml_engine.randomness import numpy_generator


class RealBatches:
    """Batches known by their number, in which rare classes come more often than they are found."""

    def __init__(
        self,
        images: AnnotatedImages,
        batch_size: int,
        seed: int,
        device: torch.device,
        *,
        mirrored: bool,
    ) -> None:
        self._images, self._seed, self._device, self._mirrored = images, seed, device, mirrored
        self._stream = BatchStream(
            len(images), batch_size, seed, square_root_weights(images.targets)
        )

    def take(self, number: int) -> tuple[Tensor, Tensor]:
        """This process's part: images (B, C, H, W) in [-1, 1] and their classes (B,)."""
        images, classes = self._images.take(self._stream.indices(number))
        if self._mirrored:
            images = mirror(images, numpy_generator(self._seed, "augmentation", number))
        return to_network(share(images), self._device), share(classes).to(self._device)

    def classes(self, number: int) -> Tensor:
        """The classes (B,) of the whole batch."""
        targets = self._images.targets[self._stream.indices(number)]
        return torch.from_numpy(targets).to(self._device)
