"""The families, by name: a new one is one file and one line here (and its settings')."""

from __future__ import annotations

from ml_engine.config import ConfigError
from ml_engine.generators.augmentation import Augmentation
from ml_engine.generators.conditional_gan import ConditionalGan
from ml_engine.generators.dcgan import Dcgan
from ml_engine.generators.diffusers_lora import DiffusersLora
from ml_engine.generators.diffusion import Diffusion
from ml_engine.generators.gan import Gan
from ml_engine.generators.pca import Pca
from ml_engine.generators.progan import ProGan
from ml_engine.generators.protocol import Generator
from ml_engine.generators.sagan import Sagan
from ml_engine.generators.stylegan.generator import StyleGan
from ml_engine.generators.vae import Vae
from ml_engine.generators.wgan_gp import WganGp

GENERATORS: dict[str, type[Generator]] = {
    generator.config_type.family: generator
    for generator in (
        Pca,
        Augmentation,
        Vae,
        Gan,
        Dcgan,
        ConditionalGan,
        WganGp,
        Sagan,
        ProGan,
        StyleGan,
        Diffusion,
        DiffusersLora,
    )
}


def generator_family(name: str) -> type[Generator]:
    """The family named `name`; raises `ConfigError` for an unknown one."""
    if name not in GENERATORS:
        known = ", ".join(sorted(GENERATORS))
        raise ConfigError(f"There is no generator family {name!r}; there are {known}.")
    return GENERATORS[name]
