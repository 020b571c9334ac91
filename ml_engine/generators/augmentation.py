"""The control that learns nothing: real images of the class, varied by transforms that keep it.

The transforms are torchvision's; each draws its strength from a number of its own in the latent,
so an image depends on its latent and class alone.
"""

from __future__ import annotations

from math import ceil, radians, sqrt, tan
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ml_engine import torchvision_operators  # noqa: F401  (must come before torchvision)
from ml_engine.batches import AnnotatedImages
from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import AugmentationConfig
from ml_engine.generators.health import Health
from ml_engine.generators.looking import look_once
from ml_engine.generators.protocol import CannotEncodeError, GeneratorFit, narrowed
from ml_engine.randomness import numpy_generator

PICK, MIRROR, RIGHT, DOWN, TURN, SIZE, SLANT, LIGHT, CONTRAST, SATURATION = range(10)
"""What each number of a latent decides; those that follow bend."""
SQRT2 = sqrt(2)
KNOTS = 3
"""Points a side that a bend moves, each in two directions; between them it is smooth."""


class Augmentation:
    """A `Generator`; see the module. A class without images borrows those of all the others."""

    config_type: ClassVar[type[GeneratorConfig]] = AugmentationConfig

    def __init__(
        self,
        shape: ImageShape,
        class_count: int,
        config: GeneratorConfig,
        seed: int,
        device: torch.device | None = None,
    ) -> None:
        self.shape, self.class_count = shape, class_count
        self.config = narrowed(config, AugmentationConfig)
        self.latent_size = SATURATION + 1 + 2 * KNOTS**2
        self._images = torch.zeros(0, shape.channels, shape.size, shape.size, dtype=torch.uint8)
        self._class_counts = torch.zeros(class_count, dtype=torch.int64)

    def fit(self, images: AnnotatedImages, fit: GeneratorFit) -> Health:
        """See `Generator.fit`: keep the images, class after class."""
        order = numpy_generator(fit.seed, "augmentation").permutation(len(images))
        classes = images.targets[order]
        fair = order[np.argsort(_turns(classes), kind="stable")][: self.config.most_images]
        kept = fair[np.argsort(images.targets[fair], kind="stable")]
        self._images, targets = images.take(kept)
        self._class_counts = torch.bincount(targets, minlength=self.class_count)
        return look_once(self, fit)

    def sample(self, latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """See `Generator.sample`."""
        drawn = np.zeros((len(classes), *self._images.shape[1:]), np.uint8)
        # Uniform in (0, 1), as the latents are standard normal.
        shares = torch.special.ndtr(torch.from_numpy(latents).double())
        for row, (u, c) in enumerate(zip(shares, classes.tolist(), strict=True)):
            varied = self._vary(self._picked(float(u[PICK]), c).float() / 255, u)
            drawn[row] = (varied * 255).round().clamp(0, 255).to(torch.uint8).numpy()
        return drawn

    def _picked(self, u: float, c: int) -> Tensor:
        """The real image (C, H, W) at the share `u` of class `c`."""
        count, start = int(self._class_counts[c]), int(self._class_counts[:c].sum())
        if count == 0:
            count, start = len(self._images), 0
        return self._images[start + min(count - 1, int(u * count))]

    def _vary(self, image: Tensor, u: Tensor) -> Tensor:
        """`image` (C, H, W) in [0, 1] with transforms as strong as `u` (Z,) in (0, 1) says."""
        from torchvision.transforms.v2 import functional as transforms

        config, side = self.config, self.shape.size
        strength = (2 * u - 1).tolist()
        if config.mirror and u[MIRROR] < 0.5:
            image = transforms.horizontal_flip(image)
        # What comes in from outside repeats the edge, and goes again with the margin.
        margin = self._margin()
        x: Tensor = transforms.pad(image, [margin], padding_mode="edge")
        x = transforms.affine(
            x,
            angle=config.rotation * strength[TURN],
            translate=[config.shift * side * strength[way] for way in (RIGHT, DOWN)],
            scale=1 + config.scale * strength[SIZE],
            shear=[config.shear * strength[SLANT], 0.0],
            interpolation=transforms.InterpolationMode.BILINEAR,
        )
        if config.elastic:
            x = transforms.elastic(x, self._bend(2 * u[SATURATION + 1 :] - 1, margin))
        x = transforms.center_crop(x, [side, side])
        x = transforms.adjust_brightness(x, 1 + config.brightness * strength[LIGHT])
        x = transforms.adjust_contrast(x, 1 + config.contrast * strength[CONTRAST])
        if self.shape.channels == 3:
            x = transforms.adjust_saturation(x, 1 + config.saturation * strength[SATURATION])
        return x

    def _margin(self) -> int:
        """Pixels around an image from which the transforms may fetch."""
        config, side = self.config, self.shape.size
        stretch = (1 + tan(radians(config.shear))) / (1 - config.scale)
        corner = side * SQRT2 * (0.5 + config.shift) * stretch + side * SQRT2 * config.elastic
        return ceil(corner - side / 2) + 1

    def _bend(self, strength: Tensor, margin: int) -> Tensor:
        """Moves (1, S, S, 2) as torchvision's `elastic` takes them, the whole side S being 2."""
        knots = strength.float().view(1, 2, KNOTS, KNOTS) * self.config.elastic * self.shape.size
        size = (self.shape.size, self.shape.size)
        moves = F.interpolate(knots, size, mode="bicubic", align_corners=True)
        moves = F.pad(moves, [margin] * 4, mode="replicate")
        return (moves * 2 / moves.shape[-1]).permute(0, 2, 3, 1)

    def encode(self, images: NDArray[np.uint8], classes: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Generator.encode`: it cannot, for latents near each other pick any two images."""
        raise CannotEncodeError(f"{self.config.title} has no latents of images.")

    def state(self) -> dict[str, Tensor]:
        """See `Generator.state`: the real images (N, C, H, W), and how many each class has."""
        return {"images": self._images, "class_counts": self._class_counts}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """See `Generator.load_state`."""
        images, counts = state["images"], state["class_counts"]
        if images.shape[1:] != self._images.shape[1:] or images.dtype != torch.uint8:
            raise RuntimeError(f"its images are {images.dtype} {tuple(images.shape)}")
        if (
            counts.shape != self._class_counts.shape
            or int(counts.sum()) != len(images)
            or not len(images)
        ):
            raise RuntimeError(f"it counts {counts.tolist()} of {len(images)} images")
        self._images, self._class_counts = images, counts


def _turns(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each (N,), how many of its class stand before it: in this order classes take turns."""
    turns = np.zeros(len(classes), np.int64)
    for c in np.unique(classes):
        own = classes == c
        turns[own] = np.arange(own.sum())
    return turns
