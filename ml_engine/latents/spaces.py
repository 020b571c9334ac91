"""The spaces of a trained generator's latents, in which one can walk.

`z` is what every family draws from: a point is a standard normal latent, and its image is that of
`Generator.sample`, bit by bit. A network of a mapping and a synthesis (StyleGAN; Karras et al.
2019, §2) has two more: `w` between the two, one vector for all layers, and `w_plus`, a vector for
each layer (Abdal et al. 2019, §3.1).
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.batches import to_pixels
from ml_engine.generators.protocol import Drawn, Generator
from ml_engine.generators.sampling import through_chunks
from ml_engine.randomness import normal

MAPPED = 2048
"""Latents of each class that tell where its points in W lie and how far they spread."""
NEARLY_ONE = 0.9995
"""Cosine of vectors between which an arc is a straight line."""

Share = float | Tensor
"""How far from one point to another: a number, or one for each pair (N,)."""


class Space(Protocol):
    """A space of a trained generator's latents, in which one can walk.

    Points (N, *shape) and classes (N,) may lie on any device; what comes back is on the
    generator's.
    """

    name: str
    """z, w or w_plus."""
    shape: tuple[int, ...]
    """Of one point: (Z,), (W,) or (L, W) with L layers."""
    device: torch.device
    has_gradients: bool
    """Whether gradients of images reach their points."""

    def points(self, latents: Tensor, classes: Tensor) -> Tensor:
        """Standard normal latents (N, Z) of classes (N,) to their points (N, *shape)."""

    def images(self, points: Tensor, classes: Tensor) -> Tensor:
        """Images (N, C, H, W) in [-1, 1], or about, of points (N, *shape) and classes (N,)."""

    def mean(self, classes: Tensor) -> Tensor:
        """The mean point (N, *shape) of each class."""

    @property
    def deviation(self) -> float:
        """The deviation of one coordinate around its class's mean, over all coordinates."""

    def between(self, a: Tensor, b: Tensor, share: Share) -> Tensor:
        """The points (N, *shape) at `share` of the ways from `a` to `b`: 0 is `a`, 1 is `b`."""


@runtime_checkable
class Mapping(Protocol):
    """The first half of a StyleGAN."""

    def __call__(self, z: Tensor, classes: Tensor, truncation: float = 1.0) -> Tensor:
        """Latents (B, Z) and classes (B,) to one vector for each layer (B, L, W), all equal, at
        the share `truncation` of the way from the mean style (Karras et al. 2019, appendix B)."""


@runtime_checkable
class Synthesis(Protocol):
    """The second half of a StyleGAN."""

    def __call__(self, ws: Tensor) -> Tensor:
        """Vectors (B, L, W) to images (B, C, H, W)."""


class NormalSpace:
    """z, where points are the latents themselves; see `Space`.

    One walks along arcs: most of a normal distribution in many dimensions lies near a sphere, and
    what lies inside is nothing that the generator has ever drawn (White 2016, §2).
    """

    name = "z"
    deviation = 1.0

    def __init__(self, generator: Drawn, size: int) -> None:
        self._generator = generator
        self.shape: tuple[int, ...] = (size,)
        self.device = generator.device
        self.has_gradients = generator.has_gradients

    def points(self, latents: Tensor, classes: Tensor) -> Tensor:
        """See `Space`."""
        return latents.to(self.device)

    def images(self, points: Tensor, classes: Tensor) -> Tensor:
        """See `Space`."""
        z, y = points.to(self.device), classes.to(self.device)
        if self.has_gradients:
            return through_chunks(self._generator.draw, z, y)
        with torch.no_grad():
            return through_chunks(self._generator.draw, z.detach(), y)

    def mean(self, classes: Tensor) -> Tensor:
        """See `Space`."""
        return torch.zeros(len(classes), *self.shape, device=self.device)

    def between(self, a: Tensor, b: Tensor, share: Share) -> Tensor:
        """See `Space`."""
        return along_arc(a, b, share)


class StyleSpace:
    """w, where a class's points lie around its mean and one walks straight; see `Space`."""

    name = "w"
    has_gradients = True

    def __init__(
        self,
        mapping: Mapping,
        synthesis: Synthesis,
        latent_size: int,
        class_count: int,
        device: torch.device,
    ) -> None:
        self._mapping, self._synthesis = mapping, synthesis
        self._latent_size, self._class_count = latent_size, class_count
        self.device = device
        one = self._mapped(torch.zeros(1, latent_size), torch.zeros(1, dtype=torch.int64))
        self.layers, width = one.shape[1:]
        self.shape: tuple[int, ...] = (width,)

    def points(self, latents: Tensor, classes: Tensor) -> Tensor:
        """See `Space`."""
        return self._mapped(latents, classes)[:, 0]

    def images(self, points: Tensor, classes: Tensor) -> Tensor:
        """See `Space`; the class shows in the point alone."""
        ws = points.to(self.device)[:, None].expand(-1, self.layers, -1)
        return self._synthesised(ws, classes)

    def mean(self, classes: Tensor) -> Tensor:
        """See `Space`."""
        return self._statistics[0][classes.to(self.device)]

    @property
    def deviation(self) -> float:
        """See `Space`."""
        return self._statistics[1]

    def between(self, a: Tensor, b: Tensor, share: Share) -> Tensor:
        """See `Space`."""
        return along_line(a, b, share)

    @torch.no_grad()
    def _mapped(self, latents: Tensor, classes: Tensor) -> Tensor:
        return through_chunks(self._mapping, latents.to(self.device), classes.to(self.device))

    def _synthesised(self, ws: Tensor, classes: Tensor) -> Tensor:
        return through_chunks(lambda w, _: self._synthesis(w), ws, classes.to(self.device))

    @cached_property
    def _statistics(self) -> tuple[Tensor, float]:
        """The mean of each class (K, W), and the deviation of a coordinate around it."""
        latents = normal((MAPPED, self._latent_size), 0, "where styles lie")
        means, squares = [], []
        for number in range(self._class_count):
            points = self._mapped(latents, torch.full((MAPPED,), number))[:, 0]
            means.append(points.mean(dim=0))
            squares.append((points - means[-1]).square().mean())
        return torch.stack(means), float(torch.stack(squares).mean().sqrt())


class LayeredStyleSpace(StyleSpace):
    """w_plus, where each layer has a vector of its own; see `Space`."""

    name = "w_plus"

    def __init__(
        self,
        mapping: Mapping,
        synthesis: Synthesis,
        latent_size: int,
        class_count: int,
        device: torch.device,
    ) -> None:
        super().__init__(mapping, synthesis, latent_size, class_count, device)
        self.shape = (self.layers, *self.shape)

    def points(self, latents: Tensor, classes: Tensor) -> Tensor:
        """See `Space`."""
        return self._mapped(latents, classes)

    def images(self, points: Tensor, classes: Tensor) -> Tensor:
        """See `Space`; the class shows in the point alone."""
        return self._synthesised(points.to(self.device), classes)

    def mean(self, classes: Tensor) -> Tensor:
        """See `Space`."""
        return super().mean(classes)[:, None].expand(-1, self.layers, -1)


def spaces(generator: Generator) -> dict[str, Space]:
    """The spaces of a trained generator, by name; none where images are no function of a latent
    that one could walk in, as with augmentation."""
    if not isinstance(generator, Drawn):
        return {}
    found: dict[str, Space] = {"z": NormalSpace(generator, generator.latent_size)}
    network = getattr(generator, "average", None)
    mapping, synthesis = (getattr(network, name, None) for name in ("mapping", "synthesis"))
    if isinstance(mapping, Mapping) and isinstance(synthesis, Synthesis):
        # Where it draws nearer to the mean style than it has learnt to, so do its spaces.
        truncation = getattr(network, "truncation", 1.0)
        mapping = partial(mapping, truncation=truncation)
        sizes = (generator.latent_size, generator.class_count, generator.device)
        found["w"] = StyleSpace(mapping, synthesis, *sizes)
        found["w_plus"] = LayeredStyleSpace(mapping, synthesis, *sizes)
    return found


def walked_space(generator: Generator) -> Space:
    """The space in which images of one generator change most evenly: w where there is one, else z.

    Raises `ValueError` for a generator without any.
    """
    found = spaces(generator)
    if not found:
        raise ValueError(f"{generator.config_type.title} has no latents that one could walk in.")
    return found.get("w", found["z"])


@torch.no_grad()
def pixels(space: Space, points: Tensor, classes: Tensor) -> NDArray[np.uint8]:
    """The images uint8 (N, C, H, W) of points (N, *shape) and classes (N,); in z what
    `Generator.sample` draws, bit by bit."""
    parts = [
        to_pixels(space.images(some, known))
        for some, known in zip(torch.split(points, DRAWN), torch.split(classes, DRAWN), strict=True)
    ]
    return np.concatenate(parts)


DRAWN = 512
"""Images that are drawn at once; as floats, more would fill the memory."""


def along_line(a: Tensor, b: Tensor, share: Share) -> Tensor:
    """(1 - t) a + t b of points (N, …)."""
    t = _spread(share, a)
    return a + t * (b - a)


def along_arc(a: Tensor, b: Tensor, share: Share) -> Tensor:
    """The point at the share t of the angle Ω between vectors (N, Z) (Shoemake 1985):
    (sin((1 - t) Ω) a + sin(t Ω) b) / sin Ω, and a straight line where they (almost) point the
    same way, opposite ways, or nowhere."""
    t = _spread(share, a)
    cosine = torch.nn.functional.cosine_similarity(a.double(), b.double(), dim=1)[:, None]
    angle = cosine.clamp(-NEARLY_ONE, NEARLY_ONE).acos()
    arc = (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()
    return torch.where(cosine.abs() < NEARLY_ONE, arc, along_line(a, b, share)).to(a.dtype)


def _spread(share: Share, like: Tensor) -> Tensor:
    """A share as (N, 1, …) beside points (N, …)."""
    t = torch.as_tensor(share, dtype=like.dtype, device=like.device)
    return t.expand(len(like)).view(-1, *(1 for _ in like.shape[1:]))
