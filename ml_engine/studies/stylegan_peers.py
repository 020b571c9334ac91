"""Other people's StyleGANs, from a folder each, as far as their speed can be told.

Nothing of theirs is here: their authors' code is for research only, and neither is installed with
this project.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.torch_version import TorchVersion

from ml_engine import torchvision_operators  # noqa: F401  (must come before theirs)
from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.generators.parts.averaging import update_average
from ml_engine.studies.speed import CLASS_COUNT


class NoPeerError(ValueError):
    """The folder does not hold what is to be compared with; the message says what is missing."""


class PeerOf(Protocol):
    """`authors` or `stylegan2_pytorch`."""

    def __call__(
        self, folder: Path, shape: ImageShape, config: StyleGanConfig, device: torch.device, /
    ) -> AbstractContextManager[Peer]:
        """Raises `NoPeerError`."""


class Peer(Protocol):
    """Networks as large as ours, on a device."""

    def step(self) -> None:
        """One update of each network."""

    def draw(self) -> None:
        """One batch of images."""


def latents(config: StyleGanConfig, device: torch.device) -> tuple[Tensor, Tensor]:
    """A batch of latents (B, Z), and classes (B,) in turn."""
    classes = torch.arange(config.batch_size, device=device) % CLASS_COUNT
    return torch.randn(config.batch_size, config.latent_size, device=device), classes


# --- github.com/NVlabs/stylegan3
NETWORKS = {
    "t": "training.networks_stylegan3",
    "r": "training.networks_stylegan3",
    "stylegan2": "training.networks_stylegan2",
}
NEEDED = ("training/networks_stylegan3.py", "training/networks_stylegan2.py", "training/loss.py")


@contextmanager
def authors(
    folder: Path, shape: ImageShape, config: StyleGanConfig, device: torch.device
) -> Iterator[Peer]:
    """StyleGAN3's authors' own networks and losses, in a checkout of theirs; on a CPU, their
    reference implementation, in float32.

    Raises `NoPeerError`.
    """
    missing = [name for name in NEEDED if not (folder / name).exists()]
    if missing:
        raise NoPeerError(
            f"{folder} has no {missing[0]}; name a checkout of github.com/NVlabs/stylegan3."
        )
    # They ask for a part of setuptools that it no longer has.
    with _importable(folder, {"pkg_resources": {"parse_version": TorchVersion}}):
        yield _Authors(shape, config, device)


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
        """See `Peer`; of their average, too."""
        z, y = latents(self._config, self._device)
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
        """See `Peer`."""
        z, y = latents(self._config, self._device)
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


# --- The package stylegan2-pytorch
@contextmanager
def stylegan2_pytorch(
    folder: Path, shape: ImageShape, config: StyleGanConfig, device: torch.device
) -> Iterator[Peer]:
    """StyleGAN2 of the package stylegan2-pytorch, which was installed into `folder`; without
    classes, which it does not know.

    Raises `NoPeerError`.
    """
    if shape.channels != 3:
        raise NoPeerError("stylegan2-pytorch knows only images in colour.")
    if not (folder / "stylegan2_pytorch").is_dir():
        raise NoPeerError(f"{folder} has no stylegan2_pytorch; install it into that folder.")
    # It logs by `aim`, which is not needed to train, and refuses to be imported without CUDA.
    with _importable(folder, {"aim": {}}), _as_if_with_cuda():
        try:
            package = importlib.import_module("stylegan2_pytorch.stylegan2_pytorch")
        except ModuleNotFoundError as error:
            raise NoPeerError(
                f"stylegan2-pytorch needs {error.name}; install it into {folder}, too."
            ) from None
    yield _StyleGan2PyTorch(package, shape, config, device)


class _StyleGan2PyTorch:
    """Its networks and losses, in the order of its trainer; no average is kept."""

    def __init__(
        self, package: Any, shape: ImageShape, config: StyleGanConfig, device: torch.device
    ) -> None:
        self._package, self._config, self._device = package, config, device
        self._size = shape.size
        width = {"network_capacity": config.width // 2, "fmap_max": config.widest}
        self._s = package.StyleVectorizer(config.style_size, config.mapping_layers).to(device)
        self._g = package.Generator(shape.size, config.style_size, **width).to(device)
        # Its discriminators begin twice as wide as its generators end.
        width |= {"network_capacity": config.width // 4}
        self._d = package.Discriminator(shape.size, **width).to(device)
        betas = (config.beta1, config.beta2)
        drawing = [*self._g.parameters(), *self._s.parameters()]
        self._g_optimizer = torch.optim.Adam(drawing, config.learning_rate, betas)
        self._d_optimizer = torch.optim.Adam(
            self._d.parameters(), config.discriminator_learning_rate, betas
        )
        self._real = torch.rand(config.batch_size, 3, shape.size, shape.size, device=device)

    def _drawn(self, mixed: bool) -> Tensor:
        layers, split = self._g.num_layers, self._g.num_layers // 2 if mixed else 0
        parts = [(self._styles(), n) for n in (split, layers - split) if n]
        count = self._config.batch_size
        noise = torch.rand(count, self._size, self._size, 1, device=self._device)
        images: Tensor = self._g(self._package.styles_def_to_tensor(parts), noise)
        return images

    def _styles(self) -> Tensor:
        count, length = self._config.batch_size, self._config.style_size
        styles: Tensor = self._s(torch.randn(count, length, device=self._device))
        return styles

    def step(self) -> None:
        """See `Peer`."""
        mixed = self._config.style_mixing > 0
        self._d_optimizer.zero_grad()
        # As its trainer does: what the generator did is thrown away after it was noted.
        fake, _ = self._d(self._drawn(mixed).detach())
        real, _ = self._d(self._real)
        self._package.hinge_loss(fake, real).backward()
        self._d_optimizer.step()
        self._g_optimizer.zero_grad()
        judged, _ = self._d(self._drawn(mixed))
        self._package.gen_hinge_loss(judged, None).backward()
        self._g_optimizer.step()

    def draw(self) -> None:
        """See `Peer`."""
        with torch.inference_mode():
            self._drawn(mixed=False)


@contextmanager
def _as_if_with_cuda() -> Iterator[None]:
    available = torch.cuda.is_available
    torch.cuda.is_available = lambda: True
    try:
        yield
    finally:
        torch.cuda.is_available = available


# --- Both
FORGOTTEN = {"pkg_resources", "training", "torch_utils", "dnnlib", "aim", "stylegan2_pytorch"}
"""Modules of theirs, and stand-ins, that nobody else may find."""


@contextmanager
def _importable(folder: Path, stand_ins: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Let modules of `folder` be imported, and modules with these attributes where there are none.

    Afterwards they are forgotten, as some have names such as `training`.
    """
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    for name, attributes in stand_ins.items():
        if importlib.util.find_spec(name) is None:
            module = ModuleType(name)
            vars(module).update(attributes)
            sys.modules[name] = module
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if name.split(".")[0] in FORGOTTEN:
                del sys.modules[name]
