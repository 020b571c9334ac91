"""The settings of each family of generators; a new family is one line here."""

from __future__ import annotations

from typing import Any

from ml_engine.config.generators.adversarial import AdversarialConfig
from ml_engine.config.generators.augmentation import AugmentationConfig
from ml_engine.config.generators.base import GeneratorConfig, LatentConfig, TrainedConfig
from ml_engine.config.generators.conditional_gan import ConditionalGanConfig
from ml_engine.config.generators.dcgan import DcganConfig
from ml_engine.config.generators.denoising import DenoisingConfig
from ml_engine.config.generators.diffusers_lora import DiffusersLoraConfig
from ml_engine.config.generators.diffusion import DiffusionConfig
from ml_engine.config.generators.gan import GanConfig
from ml_engine.config.generators.pca import PcaConfig
from ml_engine.config.generators.progan import ProGanConfig
from ml_engine.config.generators.sagan import SaganConfig
from ml_engine.config.generators.stylegan import StyleGanConfig
from ml_engine.config.generators.vae import VaeConfig
from ml_engine.config.generators.wgan_gp import WganGpConfig
from ml_engine.config.settings import ConfigError

__all__ = [
    "FAMILIES",
    "AdversarialConfig",
    "AugmentationConfig",
    "ConditionalGanConfig",
    "DcganConfig",
    "DenoisingConfig",
    "DiffusersLoraConfig",
    "DiffusionConfig",
    "GanConfig",
    "GeneratorConfig",
    "LatentConfig",
    "PcaConfig",
    "ProGanConfig",
    "SaganConfig",
    "StyleGanConfig",
    "TrainedConfig",
    "VaeConfig",
    "WganGpConfig",
    "generator_config",
    "generator_config_from_json",
]

FAMILIES: dict[str, type[GeneratorConfig]] = {
    config.family: config
    for config in (
        PcaConfig,
        AugmentationConfig,
        VaeConfig,
        GanConfig,
        DcganConfig,
        ConditionalGanConfig,
        WganGpConfig,
        SaganConfig,
        ProGanConfig,
        StyleGanConfig,
        DiffusionConfig,
        DiffusersLoraConfig,
    )
}
"""The settings of each family, by its name; the networks are in `ml_engine.generators.registry`."""


def generator_config(
    family: str, settings: dict[str, Any] | None = None, **loop: Any
) -> GeneratorConfig:
    """The family's configuration with these settings.

    Settings in `loop` hold for every family and are left out where the family has none of that
    name: a statistical one takes no steps. Raises `ConfigError` for an unknown family or setting.
    """
    if family not in FAMILIES:
        raise ConfigError(
            f"There is no generator family {family!r}; there are {', '.join(sorted(FAMILIES))}."
        )
    config = FAMILIES[family]
    known = {name: value for name, value in loop.items() if name in config.__dataclass_fields__}
    return config.from_json({**(settings or {}), **known})


def generator_config_from_json(values: dict[str, Any]) -> GeneratorConfig:
    """The inverse of `GeneratorConfig.to_json`; raises `ConfigError`."""
    settings = {name: value for name, value in values.items() if name != "family"}
    return generator_config(str(values.get("family", "")), settings)
