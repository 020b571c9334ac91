"""Features that are learnt without annotations, for choosing what people annotate first.

SimCLR (Chen et al. 2020): a network learns to find, among the views of a batch, the other view of
the same image. A classifier of a handful of annotations knows little of what images have in common;
such a network has seen all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.batches import BatchStream, to_network
from ml_engine.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from ml_engine.classifiers.networks import ClassifierNetwork, build_classifier
from ml_engine.classifiers.training import one_cycle
from ml_engine.config import (
    EMBEDDING_SIZE,
    ClassifierConfig,
    FeaturesConfig,
    ImageShape,
    OnEvent,
    ShouldStop,
)
from ml_engine.descent import descend
from ml_engine.devices import pick_device, place, repeatable
from ml_engine.packs import Pack
from ml_engine.randomness import layer_randomness, numpy_generator, seed_layers
from ml_engine.resuming import (
    ResumeFile,
    fingerprint,
    module_tensors,
    optimizer_tensors,
    restore_module,
    restore_optimizer,
    run_steps,
)

KIND = "features"
"""Of the checkpoint."""
PROJECTED = 64
"""Numbers in which views are compared; the features lie before them (Chen et al. 2020, §4.2)."""
JITTER = 0.4
"""By how much light and contrast of a view vary, as a share."""
STRETCH = 4 / 3
"""A crop is at most so much wider than high, or higher than wide."""
BATCH = 256
"""Images at a time, when features are asked for."""


def contrastive_loss(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """NT-Xent (Chen et al. 2020, eq. 1) of two views (B, D) of the same B images, averaged."""
    z = F.normalize(torch.cat([first, second]).float(), dim=1)
    alike = z @ z.T / temperature
    alike.fill_diagonal_(-math.inf)
    count = len(first)
    other = torch.arange(2 * count, device=z.device).roll(count)
    return F.cross_entropy(alike, other)


def view(images: Tensor, config: FeaturesConfig, draws: np.random.Generator) -> Tensor:
    """A view of images (B, C, H, W) in [-1, 1]: cropped, perhaps mirrored, in another light."""
    count = len(images)
    area = draws.uniform(config.smallest_crop, 1, count)
    ratio = np.exp(draws.uniform(-math.log(STRETCH), math.log(STRETCH), count))
    width, height = (np.minimum(1, np.sqrt(area * by)) for by in (ratio, 1 / ratio))
    flip = np.where(draws.random(count) < 0.5, -1, 1) if config.mirror else np.ones(count)
    maps = np.zeros((count, 2, 3), np.float32)
    maps[:, 0, 0], maps[:, 1, 1] = flip * width, height
    maps[:, 0, 2] = draws.uniform(-1, 1, count) * (1 - width)
    maps[:, 1, 2] = draws.uniform(-1, 1, count) * (1 - height)
    where = torch.from_numpy(maps).to(images.device)
    grid = F.affine_grid(where, list(images.shape), align_corners=False)
    seen = F.grid_sample(images, grid, padding_mode="border", align_corners=False)
    light, contrast = (
        torch.from_numpy(draws.uniform(-JITTER, JITTER, (count, 1, 1, 1)).astype(np.float32))
        for _ in range(2)
    )
    middle = seen.mean(dim=(1, 2, 3), keepdim=True)
    varied = middle + (seen - middle) * (1 + contrast.to(seen)) + light.to(seen)
    return varied.clamp(-1, 1)


class _Trainer:
    """A `Trainer` of a backbone and the layers that compare."""

    def __init__(
        self, pack: Pack, rows: NDArray[np.int64], config: FeaturesConfig, seed: int
    ) -> None:
        self._pack, self._rows, self._config, self._seed = pack, rows, config, seed
        self._device = pick_device()
        backbone = _network(pack.shape, config).backbone
        compared = nn.Sequential(
            nn.Linear(EMBEDDING_SIZE, EMBEDDING_SIZE),
            nn.ReLU(),
            nn.Linear(EMBEDDING_SIZE, PROJECTED),
        )
        self.backbone = place(backbone, self._device).train()
        self._whole = nn.Sequential(self.backbone, place(compared, self._device)).train()
        batch = min(config.batch_size, len(rows))
        self._stream = BatchStream(len(rows), batch, seed)
        self._optimizer = torch.optim.AdamW(
            self._whole.parameters(),
            config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,
        )

    def step(self, number: int) -> Mapping[str, Tensor]:
        """Two views of a batch, told apart from those of the other images."""
        seed_layers(self._device, self._seed, "layers", number)
        for group in self._optimizer.param_groups:
            group["lr"] = self._config.learning_rate * one_cycle(number, self._config.steps)
        pixels = self._pack.images[self._rows[self._stream.indices(number)]]
        images = to_network(torch.from_numpy(pixels), self._device)
        draws = numpy_generator(self._seed, "views", number)
        views = torch.cat([view(images, self._config, draws) for _ in range(2)])
        first, second = self._whole(views).chunk(2)
        loss = contrastive_loss(first, second, self._config.temperature)
        descend(self._optimizer, loss)
        return {"loss": loss.detach()}

    def tensors(self) -> dict[str, Tensor]:
        """Networks and optimiser."""
        return module_tensors("network", self._whole) | optimizer_tensors(
            "optimizer", self._optimizer
        )

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back networks and optimiser."""
        restore_module("network", self._whole, tensors)
        restore_optimizer("optimizer", self._optimizer, tensors)

    def observe(self, done: int) -> Mapping[str, float]:
        """Nothing more is measured."""
        return {}


@dataclass(frozen=True)
class FeaturesResult:
    """What a training left."""

    folder: Path
    """The checkpoint."""
    sha256: str
    steps: int


def train_features(
    pack: Pack,
    rows: NDArray[np.int64],
    config: FeaturesConfig,
    seed: int,
    folder: Path,
    *,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> FeaturesResult:
    """Learn features from `rows` of `pack`, and leave `folder/checkpoint`.

    Called again on the same folder with the same arguments, an interrupted training goes on where
    it stopped and a finished one returns its result.
    Raises `StopRequestedError`, `TrainingDivergedError`, or `ValueError` for fewer than two images.
    """
    if len(rows) < 2:
        raise ValueError(f"Features are learnt from two images or more; there are {len(rows)}.")
    print_of = fingerprint(
        {"kind": KIND, "config": config.to_json(), "shape": pack.shape.to_json(), "seed": seed},
        {"rows": np.array([pack.keys[row] for row in rows])},
    )
    finished = _finished(folder, print_of)
    if finished is not None:
        return finished
    device = pick_device()
    with repeatable(config.threads), layer_randomness(device):
        seed_layers(device, seed, "initialisation")
        trainer = _Trainer(pack, rows, config, seed)
        resume = ResumeFile(folder, print_of)
        run_steps(trainer, config.steps, config.checkpoint_every, resume, on_event, should_stop)
    metadata = {
        "kind": KIND, "family": config.network, "config": config.to_json(),
        "shape": pack.shape.to_json(), "seed": seed, "fingerprint": print_of,
        "steps": config.steps, "images": len(rows),
    }  # fmt: skip
    sha256 = save_checkpoint(folder / "checkpoint", trainer.backbone.state_dict(), metadata)
    resume.remove()
    return FeaturesResult(folder / "checkpoint", sha256, config.steps)


class LearntFeatures:
    """A `FeatureNetwork` whose features were learnt without annotations."""

    def __init__(self, backbone: nn.Module, name: str) -> None:
        self.name = name
        self._device = pick_device()
        self._backbone = place(backbone, self._device).eval()

    @torch.inference_mode()
    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features (N, D) of unit length of images uint8 (N, C, H, W)."""
        parts = [torch.zeros(0, EMBEDDING_SIZE)]
        for start in range(0, len(images), BATCH):
            pixels = torch.from_numpy(images[start : start + BATCH].copy())
            seen = self._backbone(to_network(pixels, self._device))
            parts.append(F.normalize(seen.float(), dim=1).cpu())
        return np.asarray(torch.cat(parts).numpy())


def load_features(folder: Path) -> LearntFeatures:
    """The network of the checkpoint `folder`; raises `CheckpointError` where it is unusable."""
    tensors, metadata = load_checkpoint(folder, kind=KIND)
    try:
        config = FeaturesConfig.from_json(metadata["config"])
        backbone = _network(ImageShape.from_json(metadata["shape"]), config).backbone
        backbone.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"The checkpoint {folder} does not fit its network: {error}"
        ) from error
    return LearntFeatures(backbone, f"self-supervised {config.network} ({metadata['sha256'][:12]})")


def _network(shape: ImageShape, config: FeaturesConfig) -> ClassifierNetwork:
    return build_classifier(shape, 1, ClassifierConfig(network=config.network))


def _finished(folder: Path, print_of: str) -> FeaturesResult | None:
    """The result of the same training, where it is already complete."""
    checkpoint = folder / "checkpoint"
    try:
        _, metadata = load_checkpoint(checkpoint, kind=KIND)
    except CheckpointError:
        return None
    if metadata.get("fingerprint") != print_of:
        return None
    return FeaturesResult(checkpoint, metadata["sha256"], metadata["steps"])
