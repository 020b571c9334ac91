"""StyleGAN3 and StyleGAN2 as a family."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from ml_engine.batches import AnnotatedImages
from ml_engine.config import GeneratorConfig
from ml_engine.config.generators import StyleGanConfig
from ml_engine.generators.adversarial.generator import AdversarialGenerator, Discriminator
from ml_engine.generators.adversarial.trainer import AdversarialTrainer
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.generators.stylegan.discriminator import DiscriminatorNetwork
from ml_engine.generators.stylegan.networks import GeneratorNetwork
from ml_engine.generators.stylegan.trainer import StyleGanTrainer


class StyleGan(AdversarialGenerator[StyleGanConfig]):
    """A `Generator`; see the package."""

    config_type: ClassVar[type[GeneratorConfig]] = StyleGanConfig
    generator: GeneratorNetwork
    discriminator: DiscriminatorNetwork
    average: GeneratorNetwork

    def build_generator(self) -> nn.Module:
        """See `AdversarialGenerator`."""
        return GeneratorNetwork(self.shape, self.class_count, self.config)

    def build_discriminator(self) -> Discriminator:
        """See `AdversarialGenerator`."""
        return DiscriminatorNetwork(self.shape, self.class_count, self.config)

    def trainer(self, images: AnnotatedImages, fit: GeneratorFit) -> AdversarialTrainer:
        """See `AdversarialGenerator`."""
        return StyleGanTrainer(self, images, fit)
