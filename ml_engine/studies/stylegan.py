"""How fast StyleGAN3 learns and draws, beside other people's."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median

import torch

from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.devices import pick_device, repeatable
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.generators.stylegan.generator import StyleGan
from ml_engine.randomness import layer_randomness, seed_layers
from ml_engine.resuming import ResumeFile
from ml_engine.studies.speed import CLASS_COUNT, Speed, noise_images, now
from ml_engine.studies.stylegan_peers import PeerOf, latents

IMAGES = 256


def stylegan_speed(shape: ImageShape, config: StyleGanConfig, times: int) -> Speed:
    """Ours: the median of `times` steps between those that penalise, and of as many batches."""
    device = pick_device()
    with repeatable(config.threads), layer_randomness(device), tempfile.TemporaryDirectory() as at:
        gan = StyleGan(shape, CLASS_COUNT, config, seed=0)
        fit = GeneratorFit(
            0, Path(at), ResumeFile(Path(at), "speed"), (), lambda event: None, lambda: False
        )
        trainer = gan.trainer(noise_images(shape, IMAGES), fit)
        numbers = count(1)
        z, y = latents(config, device)

        def draw() -> None:
            with torch.inference_mode():
                gan.average(z, y)

        return _speed(config, times, device, lambda: trainer.step(next(numbers)), draw)


def peer_speed(
    peer: PeerOf, folder: Path, shape: ImageShape, config: StyleGanConfig, times: int
) -> Speed:
    """Theirs, of networks as large and batches as large.

    Raises `NoPeerError`.
    """
    device = pick_device()
    with repeatable(config.threads), layer_randomness(device):
        seed_layers(device, 0, "speed")
        with peer(folder, shape, config, device) as theirs:
            return _speed(config, times, device, theirs.step, theirs.draw)


def _speed(
    config: StyleGanConfig,
    times: int,
    device: torch.device,
    step: Callable[[], object],
    draw: Callable[[], object],
) -> Speed:
    per_step, per_draw = (_median_seconds(call, times, device) for call in (step, draw))
    return Speed(config.batch_size / per_step, config.batch_size / per_draw)


def _median_seconds(call: Callable[[], object], times: int, device: torch.device) -> float:
    call()  # the first one finds its kernels
    taken = []
    for _ in range(times):
        began = now(device)
        call()
        taken.append(now(device) - began)
    return median(taken)
