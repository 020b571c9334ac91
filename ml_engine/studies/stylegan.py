"""How fast StyleGAN3 learns and draws, beside its authors' own code in a folder."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.torch_version import TorchVersion

from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.devices import pick_device, repeatable
from ml_engine.generators.parts.averaging import update_average
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.generators.stylegan.generator import StyleGan
from ml_engine.randomness import layer_randomness, seed_layers
from ml_engine.resuming import ResumeFile
from ml_engine.studies.speed import CLASS_COUNT, Speed, noise_images, now

IMAGES = 256
NETWORKS = {
    "t": "training.networks_stylegan3",
    "r": "training.networks_stylegan3",
    "stylegan2": "training.networks_stylegan2",
}
NEEDED = ("training/networks_stylegan3.py", "training/networks_stylegan2.py", "training/loss.py")


class NotACheckoutError(ValueError):
    """The folder does not hold the authors' code; the message says what is missing."""


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
        z, y = _latents(config, device)

        def draw() -> None:
            with torch.inference_mode():
                gan.average(z, y)

        return _speed(config, times, device, lambda: trainer.step(next(numbers)), draw)


def authors_speed(folder: Path, shape: ImageShape, config: StyleGanConfig, times: int) -> Speed:
    """Theirs, of networks as large, by their losses on batches as large; on a CPU, their reference
    implementation, in float32.

    Raises `NotACheckoutError`.
    """
    missing = [name for name in NEEDED if not (folder / name).exists()]
    if missing:
        raise NotACheckoutError(
            f"{folder} has no {missing[0]}; name a checkout of github.com/NVlabs/stylegan3."
        )
    device = pick_device()
    with repeatable(config.threads), layer_randomness(device), _importable(folder):
        seed_layers(device, 0, "speed")
        peer = _Authors(shape, config, device)
        return _speed(config, times, device, peer.step, peer.draw)


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


def _latents(config: StyleGanConfig, device: torch.device) -> tuple[Tensor, Tensor]:
    classes = torch.arange(config.batch_size, device=device) % CLASS_COUNT
    return torch.randn(config.batch_size, config.latent_size, device=device), classes


class _Authors:
    """Their networks, their loss, and their order of what is updated."""

    def __init__(self, shape: ImageShape, config: StyleGanConfig, device: torch.device) -> None:
        self._config, self._device = config, device
        sizes = {
            "c_dim": CLASS_COUNT, "img_resolution": shape.size, "img_channels": shape.channels,
        }  # fmt: skip
        width = {"channel_base": config.width * shape.size, "channel_max": config.widest}
        networks = importlib.import_module(NETWORKS[config.configuration])
        judges = importlib.import_module(NETWORKS["stylegan2"])
        self._g = self._trained(
            networks.Generator(
                z_dim=config.latent_size, w_dim=config.style_size,
                mapping_kwargs={"num_layers": config.mapping_layers},
                **sizes, **_own(config, width),
            )
        )  # fmt: skip
        self._d = self._trained(judges.Discriminator(**sizes, **width))
        loss = importlib.import_module("training.loss").StyleGAN2Loss
        self._loss = loss(
            device, self._g, self._d, r1_gamma=config.r1_gamma,
            style_mixing_prob=config.style_mixing, pl_weight=config.path_length,
        )  # fmt: skip
        betas = (config.beta1, config.beta2)
        self._optimizers = {
            "Gmain": torch.optim.Adam(self._g.parameters(), config.learning_rate, betas),
            "Dmain": torch.optim.Adam(
                self._d.parameters(), config.discriminator_learning_rate, betas
            ),
        }
        self._average = type(self._g)(*self._g.init_args, **self._g.init_kwargs).to(device)
        self._average.load_state_dict(self._g.state_dict())
        self._real = torch.rand(
            config.batch_size, shape.channels, shape.size, shape.size, device=device
        )

    def _trained(self, network: Any) -> Any:
        return network.train().requires_grad_(False).to(self._device)

    def step(self) -> None:
        """One update of each network and of the average."""
        z, y = _latents(self._config, self._device)
        c = F.one_hot(y, CLASS_COUNT).float()
        for phase, network in (("Gmain", self._g), ("Dmain", self._d)):
            optimizer = self._optimizers[phase]
            optimizer.zero_grad(set_to_none=True)
            network.requires_grad_(True)
            self._loss.accumulate_gradients(phase, self._real * 2 - 1, c, z, c, 1, 0)
            network.requires_grad_(False)
            optimizer.step()
        update_average(self._average, self._g, self._config.ema_decay)

    def draw(self) -> None:
        """One batch."""
        z, y = _latents(self._config, self._device)
        with torch.inference_mode():
            self._average.eval()(z, F.one_hot(y, CLASS_COUNT).float(), noise_mode="const")


def _own(config: StyleGanConfig, width: dict[str, int]) -> dict[str, Any]:
    """What their generators of one configuration are told."""
    if config.configuration == "stylegan2":
        return {**width, "fused_modconv_default": "inference_only"}
    if config.configuration == "t":
        return {**width, "num_layers": config.layers}
    doubled = {name: 2 * value for name, value in width.items()}
    turning = {"conv_kernel": 1, "use_radial_filters": True}
    return {**doubled, **turning, "num_layers": config.layers}


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules of `folder` be imported; they ask for a part of setuptools that it no longer has.

    Afterwards they are forgotten, as they have names such as `training`.
    """
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    if importlib.util.find_spec("pkg_resources") is None:
        stand_in = ModuleType("pkg_resources")
        stand_in.parse_version = TorchVersion  # type: ignore[attr-defined]
        sys.modules["pkg_resources"] = stand_in
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if name.split(".")[0] in {"pkg_resources", "training", "torch_utils", "dnnlib"}:
                del sys.modules[name]
