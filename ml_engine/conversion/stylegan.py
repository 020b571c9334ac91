"""Checkpoints that StyleGAN's authors published, and those of their code, as ours.

Their files hold three networks, the generator, the discriminator and the moving average, as trees
of modules with the source of each; we take the arrays and a few settings, and no source.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.config import ConfigError, ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.conversion.records import Meanings, Name, RecordError, plain_dict, read_record
from ml_engine.conversion.tensors import MEANINGS, WORDS
from ml_engine.generators.stylegan.generator import StyleGan

LARGEST_FILE = 8 * 1024**3
DEEPEST = 12
"""Modules within modules; theirs have four levels."""
MOST_ARRAYS = 5_000
PLAIN_LAYERS = 14
"""Of a StyleGAN2, whose side says how many it has."""
PARTS = {"G": "generator", "D": "discriminator", "G_ema": "average"}
"""Their networks by ours."""
AS_OURS: Mapping[str, tuple[Any, ...]] = {
    "architecture": ("skip", "resnet"),
    "num_critical": (2,), "first_cutoff": (2,), "last_stopband_rel": (2**0.3,),
    "first_stopband": (2**2.1,), "margin_size": (10,), "output_scale": (0.25,),
    "filter_size": (6,), "lrelu_upsampling": (2,), "use_noise": (True,), "lr_multiplier": (0.01,),
    "activation": ("lrelu",), "mbstd_group_size": (4,), "mbstd_num_channels": (1,),
    "conv_clamp": (256, None), "resample_filter": ([1, 3, 3, 1],),
}  # fmt: skip
"""Settings that our networks do not have, with the values that they do as the authors'."""


class ConversionError(ValueError):
    """A file that is not converted; the message is one sentence that says why."""


@dataclass(frozen=True)
class _Module:
    """A module of theirs: what it was made with, its arrays, and those within it."""

    name: str
    state: dict[Any, Any]

    @property
    def settings(self) -> dict[str, Any]:
        """What it was made with."""
        found = self.state.get("_init_kwargs", {})
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Converted:
    """Their networks in ours."""

    generator: StyleGan
    is_whole: bool
    """Whether the discriminator was there, too; a fresh one has to learn again what is real."""


def convert(path: Path, *, class_count: int) -> Converted:
    """The networks in the file at `path`, for a project of so many classes.

    Networks without classes are given some: all begin as what they were, and learn apart. Raises
    `ConversionError` for a file that is broken, asks for anything but arrays and containers, or
    holds other networks than ours, and `OSError` for one that cannot be read.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise ConversionError(f"{path.name} is larger than {LARGEST_FILE // 1024**3} GiB.")
    try:
        with path.open("rb") as file:
            held = read_record(file, _meanings(), words=WORDS)
    except RecordError as error:
        raise ConversionError(f"{path.name} is not converted: {error}.") from error
    try:
        return _converted(held, class_count)
    except (ConversionError, ConfigError) as error:
        raise ConversionError(f"{path.name} is not converted: {error}") from error


def _meanings() -> Meanings:
    return {
        **MEANINGS,
        Name("torch_utils.persistence", "_reconstruct_persistent_obj"): _module,
        Name("dnnlib.util", "EasyDict"): lambda items=(): plain_dict(dict(items).items()),
    }


def _module(meta: Any) -> _Module:
    if not isinstance(meta, dict) or not isinstance(meta.get("state"), dict):
        raise RecordError("a module in it has no state")
    return _Module(str(meta.get("class_name")), meta["state"])


def _converted(held: Any, class_count: int) -> Converted:
    modules = held if isinstance(held, dict) else {}
    average = modules.get("G_ema")
    if not isinstance(average, _Module) or average.name != "Generator":
        raise ConversionError("it holds no moving average of a generator (G_ema).")
    arrays = {
        name: dict(_arrays(modules[name]))
        for name in PARTS
        if isinstance(modules.get(name), _Module)
    }
    config, shape, theirs = _described(average, arrays["G_ema"])
    if theirs not in (0, class_count):
        raise ConversionError(
            f"it knows {theirs} classes; the project has {class_count}. Only networks without"
            " classes, or with as many, can be trained on."
        )
    generator = StyleGan(shape, class_count, config, seed=0, device=torch.device("cpu"))
    own = generator.state()
    for name, ours in PARTS.items():
        source = "G_ema" if name == "G" and "G" not in arrays else name
        if source in arrays:
            gains_classes = theirs == 0 and class_count > 1
            own |= _filled(ours, own, arrays[source], gains_classes=gains_classes)
    generator.load_state(own)
    return Converted(generator, is_whole="D" in arrays)


def _arrays(module: _Module, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """All arrays by name, as PyTorch names them."""
    if depth > DEEPEST:
        raise ConversionError(f"its modules lie in one another more than {DEEPEST} deep.")
    for kind in ("_parameters", "_buffers"):
        for name, array in _held(module, kind):
            if isinstance(array, np.ndarray):
                yield f"{prefix}{name}", array
    for name, within in _held(module, "_modules"):
        if isinstance(within, _Module):
            yield from _counted(_arrays(within, f"{prefix}{name}.", depth + 1))


def _held(module: _Module, kind: str) -> list[tuple[Any, Any]]:
    found = module.state.get(kind, {})
    return list(found.items()) if isinstance(found, dict) else []


def _counted(arrays: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for count, pair in enumerate(arrays):
        if count >= MOST_ARRAYS:
            raise ConversionError(f"it has more than {MOST_ARRAYS:,} arrays.")
        yield pair


def _described(
    average: _Module, arrays: Mapping[str, NDArray[Any]]
) -> tuple[StyleGanConfig, ImageShape, int]:
    """Our settings for their generator, the images it makes, and its number of classes."""
    settings = dict(average.settings)
    for name in ("mapping_kwargs", "synthesis_kwargs"):
        nested = settings.pop(name, {})
        settings |= nested if isinstance(nested, dict) else {}
    _checked(settings)
    sizes = average.state
    side, channels = _number(sizes, "img_resolution"), _number(sizes, "img_channels")
    is_second = "synthesis.b4.const" in arrays
    is_radial = bool(settings.get("use_radial_filters", False))
    if is_radial != (settings.get("conv_kernel", 3) == 1):
        raise ConversionError("it mixes the configurations T and R of StyleGAN3.")
    times = 2 if is_radial else 1
    base, widest = settings.get("channel_base", 32768), settings.get("channel_max", 512)
    if base % (times * side) or widest % times:
        raise ConversionError(
            f"its channel_base {base} and channel_max {widest} fit no width of ours at a side of"
            f" {side} pixels."
        )
    # Mapping and synthesis both call their numbers num_layers; the arrays tell them apart.
    mapped = sum(name.startswith("mapping.fc") and name.endswith("weight") for name in arrays)
    drawn = sum(name.startswith("synthesis.L") and name.endswith(".bias") for name in arrays) // 2
    style = len(arrays.get("mapping.w_avg", ()))
    config = StyleGanConfig(
        configuration="stylegan2" if is_second else "r" if is_radial else "t",
        latent_size=_number(sizes, "z_dim"),
        style_size=style,
        mapping_layers=mapped,
        layers=PLAIN_LAYERS if is_second else drawn - 1,
        width=base // (times * side),
        widest=widest // times,
        path_length=2.0 if is_second else 0.0,
        style_mixing=0.9 if is_second else 0.0,
    )
    shape = ImageShape(side, channels)
    config.check_shape(shape)
    return config, shape, _number(sizes, "c_dim", least=0)


def _checked(settings: Mapping[str, Any]) -> None:
    for name, known in AS_OURS.items():
        if name in settings and not any(_same(settings[name], value) for value in known):
            raise ConversionError(
                f"its setting {name} is {str(settings[name])[:40]}; our networks have"
                f" {' or '.join(map(str, known))}."
            )


def _same(theirs: Any, ours: Any) -> bool:
    if isinstance(ours, float) and isinstance(theirs, int | float):
        return math.isclose(theirs, ours, rel_tol=1e-6)
    return bool(theirs == ours)


def _number(sizes: Mapping[str, Any], name: str, least: int = 1) -> int:
    value = sizes.get(name)
    if not isinstance(value, int) or value < least:
        raise ConversionError(f"it does not say its {name}.")
    return value


def _filled(
    part: str,
    own: Mapping[str, Tensor],
    arrays: Mapping[str, NDArray[Any]],
    *,
    gains_classes: bool,
) -> dict[str, Tensor]:
    """Our arrays of one network, from theirs of the same names.

    Where it gains classes, what tells them apart stays as it was drawn, and nothing else.
    """
    wanted = {
        name.removeprefix(f"{part}."): tensor
        for name, tensor in own.items()
        if name.startswith(f"{part}.")
    }
    if strange := sorted(arrays.keys() - wanted.keys()):
        raise ConversionError(f"its {part} has {_listed(strange)}, which ours has not.")
    filled: dict[str, Tensor] = {}
    for name, ours in wanted.items():
        if gains_classes and _tells_classes(part, name):
            filled[name] = (
                _with_classes(ours, arrays.get(name)) if part != "discriminator" else ours
            )
        elif name not in arrays:
            raise ConversionError(f"its {part} lacks {name}, which ours has.")
        elif arrays[name].shape != tuple(ours.shape):
            raise ConversionError(
                f"{name} of its {part} has the shape {arrays[name].shape}; ours has"
                f" {tuple(ours.shape)}."
            )
        else:
            filled[name] = torch.from_numpy(arrays[name].astype(np.float32)).to(ours)
    return {f"{part}.{name}": tensor for name, tensor in filled.items()}


def _tells_classes(part: str, name: str) -> bool:
    """Whether an array has another shape, or is there at all, because there are classes."""
    if part == "discriminator":
        return name.startswith(("mapping.", "b4.out."))
    return name.startswith("mapping.embed.") or name == "mapping.fc0.weight"


def _with_classes(ours: Tensor, theirs: NDArray[Any] | None) -> Tensor:
    """The first layer's weights with columns for the class, which say nothing yet.

    Layers are scaled by the root of their inputs (Karras et al. 2018, §4.1), which are more now.
    """
    if theirs is None:
        return ours
    if theirs.ndim != 2 or theirs.shape[0] != ours.shape[0] or theirs.shape[1] >= ours.shape[1]:
        raise ConversionError(f"mapping.fc0.weight has the shape {theirs.shape}.")
    wider = torch.zeros_like(ours)
    scale = math.sqrt(ours.shape[1] / theirs.shape[1])
    wider[:, : theirs.shape[1]] = torch.from_numpy(theirs.astype(np.float32)) * scale
    return wider


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
