"""Inversion: the point of a generator's latents whose image is most like a real one.

By optimisation (Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN",
appendix D; its noise and ramps of the step size): from the best of many draws, the mean of the
class in W, or what the family's encoder says, down the gradient of a distance of features and of
pixels. Both images are compared as seen from the same random place, and mirrored or not: a small
network's features at one place alone are met by images that look like nothing (as Richardson et al.
2021 average views). Where no gradient comes through (diffusion), the encoder's answer is the point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.batches import moved, to_network
from ml_engine.config import EngineEvent, InversionConfig, OnEvent, ShouldStop, StopRequestedError
from ml_engine.devices import repeatable
from ml_engine.generators.protocol import CannotEncodeError, Generator
from ml_engine.latents.spaces import Space, pixels
from ml_engine.randomness import normal, numpy_generator

TOGETHER = 64
"""Points that are searched at once."""
VIEW_SHIFT = 2
"""Pixels by which a view lies from the image, at most."""
NOISE_ENDS = 0.75
"""Share of the steps after which a point has no noise any more (Karras et al. 2020)."""
ADAM = (0.9, 0.999)


@dataclass(frozen=True)
class Inversions:
    """What was found for N images, in parallel arrays."""

    points: Tensor
    """(N, *shape), on the CPU."""
    images: NDArray[np.uint8]
    """(N, C, H, W): what the points show."""
    feature_distances: NDArray[np.float64]
    """Residual (N,): between unit embeddings of the image and of what was found, in [0, 2]; NaN
    without features."""
    pixel_distances: NDArray[np.float64]
    """Residual (N,): root of the mean squared difference of pixels, in [0, 1] of their range."""

    def __len__(self) -> int:
        return len(self.images)


def invert(
    generator: Generator,
    space: Space,
    images: NDArray[np.uint8],
    classes: NDArray[np.int64],
    *,
    perceptual: nn.Module | None,
    config: InversionConfig,
    seed: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> Inversions:
    """Points of `space`, one of the generator's, for images (N, C, H, W) of classes (N,).

    `perceptual` turns images (B, C, H, W) in [-1, 1] into features (B, D), with gradients; without
    one pixels alone count. An image's point depends on the other images by rounding alone.
    Raises `StopRequestedError` between two steps, and `CannotEncodeError` where neither gradients
    nor an encoder lead from an image to this space.
    """
    known = torch.from_numpy(np.asarray(classes, np.int64))
    with repeatable(config.threads):
        look = Look(perceptual, config.pixel_weight, space.device)
        if space.has_gradients:
            search = _Search(generator, space, look, config, seed, on_event, should_stop)
            points = search.all(images, known)
        elif space.name == "z":
            points = torch.from_numpy(generator.encode(images, known.numpy()))
        else:
            raise CannotEncodeError(f"Nothing leads from an image to a point of {space.name}.")
        return _judged(space, look, images, points, known)


def _judged(
    space: Space, look: Look, images: NDArray[np.uint8], points: Tensor, classes: Tensor
) -> Inversions:
    if not len(images):
        return Inversions(points, images.copy(), np.zeros(0), np.zeros(0))
    found = pixels(space, points, classes)
    apart = (images.astype(np.float64) - found) / 255
    return Inversions(
        points, found, look.apart(images, found), np.sqrt((apart**2).mean(axis=(1, 2, 3)))
    )


class Look:
    """How alike two images are: squared distances of features and of pixels."""

    def __init__(
        self, perceptual: nn.Module | None, pixel_weight: float, device: torch.device
    ) -> None:
        self._network = perceptual and perceptual.to(device).eval().requires_grad_(False)
        # Without features pixels are all that there is.
        self._pixel_weight = pixel_weight if perceptual is not None else 1.0
        self._device = device

    def features(self, images: Tensor) -> Tensor:
        """Unit features (B, D) of images (B, C, H, W) in [-1, 1]; (B, 0) without a network."""
        if self._network is None:
            return images.new_zeros(len(images), 0)
        return F.normalize(self._network(images).float(), dim=1)

    def loss(self, images: Tensor, features: Tensor, other: Tensor, its_features: Tensor) -> Tensor:
        """How unlike (B,) images (B, C, H, W) with features (B, D) are."""
        far = (features - its_features).square().sum(dim=1)
        return far + self._pixel_weight * (images - other).square().mean(dim=(1, 2, 3))

    def seen(self, images: Tensor, targets: Tensor, view: View) -> Tensor:
        """How unlike (B,) images are to their targets, both from one view."""
        both = self.features(torch.cat([view.of(images), view.of(targets)]))
        mine, theirs = both.chunk(2)
        return self.loss(images, mine, targets, theirs)

    @torch.no_grad()
    def apart(self, a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The distance (N,) between the features of two images uint8 each; NaN without any."""
        if self._network is None:
            return np.full(len(a), np.nan)
        seen = (self._of_pixels(images) for images in (a, b))
        mine, theirs = seen
        between: Tensor = torch.linalg.vector_norm(mine - theirs, dim=1)
        return np.asarray(between.double().cpu().numpy())

    def _of_pixels(self, images: NDArray[np.uint8]) -> Tensor:
        parts = (
            self.features(to_network(torch.from_numpy(images[i : i + TOGETHER]), self._device))
            for i in range(0, len(images), TOGETHER)
        )
        return torch.cat(list(parts))


@dataclass(frozen=True)
class View:
    """From where both images of a pair are seen at one step."""

    right: int
    mirrored: bool

    @classmethod
    def of_step(cls, seed: int, step: int) -> View:
        """That of one step of a search."""
        draws = numpy_generator(seed, "view", step)
        return cls(int(draws.integers(-VIEW_SHIFT, VIEW_SHIFT + 1)), bool(draws.random() < 0.5))

    def of(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) from there; the edge is repeated."""
        return moved(images.flip(3) if self.mirrored else images, self.right)


class _Search:
    """Down the gradient, for some images after others."""

    def __init__(
        self,
        generator: Generator,
        space: Space,
        look: Look,
        config: InversionConfig,
        seed: int,
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        self._generator, self._space, self._look, self._config = generator, space, look, config
        self._seed, self._on_event, self._should_stop = seed, on_event, should_stop

    def all(self, images: NDArray[np.uint8], classes: Tensor) -> Tensor:
        """Points (N, *shape) of images (N, C, H, W)."""
        points = torch.zeros(len(images), *self._space.shape)
        begun = self._starts(images, classes)
        at_once = max(1, TOGETHER // self._config.starts)
        for start in range(0, len(images), at_once):
            some = slice(start, start + at_once)
            targets = self._targets(images[some])
            found = self._descended(begun[some], targets, classes[some], start, len(images))
            points[some] = found.cpu()
        return points

    def _targets(self, images: NDArray[np.uint8]) -> Tensor:
        return to_network(torch.from_numpy(images.copy()), self._space.device)

    # --- Where to begin
    @torch.no_grad()
    def _starts(self, images: NDArray[np.uint8], classes: Tensor) -> Tensor:
        """The best points (N, starts, *shape) to begin from, the best first."""
        chosen = torch.zeros(len(images), self._config.starts, *self._space.shape)
        for number in sorted(set(classes.tolist())):
            own = (classes == number).nonzero()[:, 0]
            targets = self._targets(images[own.numpy()])
            drawn = self._drawn(number)
            unlike = self._unlike(drawn, number, targets)
            best = unlike.argsort(dim=1, stable=True)[:, : self._config.starts]
            chosen[own] = drawn[best].cpu()
        return self._with_encoded(chosen, images, classes).to(self._space.device)

    def _drawn(self, number: int) -> Tensor:
        """Random points (M, *shape) of a class, and its mean where it shows an image of its own."""
        count = max(self._config.draws, self._config.starts)
        latents = normal((count, self._generator.latent_size), self._seed, "start", number)
        classes = torch.full((count,), number)
        points = self._space.points(latents, classes)
        if self._space.name == "z":
            return points
        return torch.cat([points, self._space.mean(classes[:1])])

    def _unlike(self, points: Tensor, number: int, targets: Tensor) -> Tensor:
        """How unlike (N, M) each of N targets is to what each of M points shows."""
        features = torch.cat([self._look.features(some) for some in torch.split(targets, TOGETHER)])
        columns = []
        for some in torch.split(points, TOGETHER):
            if self._should_stop():
                raise StopRequestedError("Stopped before the search.")
            images = self._space.images(some, torch.full((len(some),), number))
            seen = self._look.features(images)
            pairs = (
                self._look.loss(images, seen, target[None], feature[None])
                for target, feature in zip(targets, features, strict=True)
            )
            columns.append(torch.stack(list(pairs)))
        return torch.cat(columns, dim=1)

    def _with_encoded(self, chosen: Tensor, images: NDArray[np.uint8], classes: Tensor) -> Tensor:
        """The starts, the last of them the encoder's answer where the family has an encoder."""
        if self._space.name != "z":
            return chosen
        try:
            encoded = self._generator.encode(images, classes.numpy())
        except CannotEncodeError:
            return chosen
        chosen[:, -1] = torch.from_numpy(encoded).to(chosen)
        return chosen

    # --- Downhill
    def _descended(
        self, begun: Tensor, targets: Tensor, classes: Tensor, done: int, total: int
    ) -> Tensor:
        """The best ends (N, *shape) of ways from starts (N, S, *shape)."""
        count, starts = begun.shape[:2]
        points = begun.flatten(0, 1).clone().requires_grad_()
        wanted = targets.repeat_interleave(starts, dim=0)
        known = classes.repeat_interleave(starts)
        optimizer = torch.optim.Adam([points], lr=1.0, betas=ADAM)
        for step, rate in enumerate(self._rates()):
            if self._should_stop():
                raise StopRequestedError(f"Stopped after {done} of {total} images.")
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad()
            noisy = points + self._noise(step, points)
            images = self._space.images(noisy, known)
            unlike = self._look.seen(images, wanted, View.of_step(self._seed, step))
            torch.autograd.backward((unlike + self._strangeness(noisy)).sum())
            optimizer.step()
            # In steps of one image each: a search for a single image shows how far it is, too.
            passed = done * self._config.steps + count * (step + 1)
            self._on_event(EngineEvent("progress", passed, total * self._config.steps, {}))
        return self._best(points.detach(), wanted, known, starts)

    def _rates(self) -> Iterator[float]:
        """Adam's step size at each step: it rises, stays, and falls by half a cosine."""
        config = self._config
        for step in range(config.steps):
            left = (config.steps - step) / config.steps / max(config.ramp_down, 1e-9)
            risen = (step + 1) / config.steps / max(config.ramp_up, 1e-9)
            fall = 0.5 - 0.5 * math.cos(math.pi * min(1.0, left))
            yield config.learning_rate * self._space.deviation * fall * min(1.0, risen)

    def _noise(self, step: int, points: Tensor) -> Tensor:
        """Noise (N, *shape) that is gone after three quarters of the steps; none in z, whose
        points lie apart already."""
        left = max(0.0, 1 - step / self._config.steps / NOISE_ENDS) ** 2
        if self._space.name == "z" or not left:
            return torch.zeros_like(points)
        spread = self._space.deviation * math.sqrt(points.shape[-1])
        drawn = normal(tuple(points.shape), self._seed, "noise", step).to(points)
        return self._config.noise * spread * left * drawn

    def _strangeness(self, points: Tensor) -> Tensor:
        """How far (N,) points of z lie from where they are drawn: (|z|² / Z - 1)²; 0 elsewhere."""
        if self._space.name != "z":
            return points.new_zeros(len(points))
        return self._config.prior_weight * (points.square().mean(dim=1) - 1).square()

    @torch.no_grad()
    def _best(self, points: Tensor, wanted: Tensor, classes: Tensor, starts: int) -> Tensor:
        """Of each image's ends the one that is most like it, seen as it is and mirrored."""
        images = self._space.images(points, classes)
        views = (View(0, mirrored=False), View(0, mirrored=True))
        unlike = torch.stack([self._look.seen(images, wanted, view) for view in views]).mean(dim=0)
        best = (unlike + self._strangeness(points)).view(-1, starts).argmin(dim=1)
        ends: Tensor = points.view(-1, starts, *self._space.shape)[torch.arange(len(best)), best]
        return ends
