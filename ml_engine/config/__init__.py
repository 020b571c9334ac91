"""What the engine is told and what it tells: frozen dataclasses, free of torch.

The web process may import this package and no other of the engine. Every configuration validates
itself on construction and raises `ConfigError` with the field, the value and what is allowed.
"""

from ml_engine.config.aiming import AimConfig
from ml_engine.config.classifiers import (
    BATCH_STRATEGIES,
    EMBEDDING_SIZE,
    MEMBER_DROPOUT,
    MEMBER_STRATEGIES,
    STRATEGIES,
    ClassifierConfig,
)
from ml_engine.config.controller import MOST_DROP, STAGES
from ml_engine.config.events import EngineEvent, OnEvent, ShouldStop, StopRequestedError
from ml_engine.config.features import FeaturesConfig
from ml_engine.config.generators import (
    FAMILIES,
    DiffusersLoraConfig,
    GeneratorConfig,
    TrainedConfig,
    generator_config,
    generator_config_from_json,
)
from ml_engine.config.guards import GuardConfig
from ml_engine.config.images import ImageShape
from ml_engine.config.latents import InversionConfig
from ml_engine.config.marks import TRAINED_ALGORITHMIC_MEDIA, synthetic_packet
from ml_engine.config.practice import PracticeConfig
from ml_engine.config.settings import (
    ConfigError,
    EngineConfig,
    Setting,
    Value,
    defaults_of,
    settings_of,
)

__all__ = [
    "BATCH_STRATEGIES",
    "EMBEDDING_SIZE",
    "FAMILIES",
    "MEMBER_DROPOUT",
    "MEMBER_STRATEGIES",
    "MOST_DROP",
    "STAGES",
    "STRATEGIES",
    "TRAINED_ALGORITHMIC_MEDIA",
    "AimConfig",
    "ClassifierConfig",
    "ConfigError",
    "DiffusersLoraConfig",
    "EngineConfig",
    "EngineEvent",
    "FeaturesConfig",
    "GeneratorConfig",
    "GuardConfig",
    "ImageShape",
    "InversionConfig",
    "OnEvent",
    "PracticeConfig",
    "Setting",
    "ShouldStop",
    "StopRequestedError",
    "TrainedConfig",
    "Value",
    "defaults_of",
    "generator_config",
    "generator_config_from_json",
    "settings_of",
    "synthetic_packet",
]
