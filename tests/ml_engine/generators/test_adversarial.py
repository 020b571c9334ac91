"""Every part that an adversarial family may use: it trains, moves everything and resumes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.batches import AnnotatedImages
from ml_engine.config import FAMILIES, ConfigError, StopRequestedError, generator_config
from ml_engine.config.generators.adversarial import (
    AUGMENTATIONS,
    LOSSES,
    MINIBATCH_LAYERS,
    AdversarialConfig,
)
from ml_engine.config.settings import defaults_of
from ml_engine.devices import repeatable
from ml_engine.generators.conditional_gan import ConditionalGan
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.generators.registry import GENERATORS
from ml_engine.randomness import layer_randomness
from ml_engine.resuming import ResumeFile
from tests.ml_engine.conftest import Heard, StopAfter, never
from tests.ml_engine.generators.conftest import tiny

CRITIC = {"loss": "wasserstein", "gradient_penalty": 10.0, "r1_gamma": 0.0}
DEFAULTS = defaults_of(FAMILIES["conditional_gan"])
CHOICES = {"minibatch": MINIBATCH_LAYERS, "augmentation": AUGMENTATIONS, "loss": LOSSES}
SETTINGS = [
    *(
        {name: value}
        for name, values in CHOICES.items()
        for value in values
        if value not in (DEFAULTS[name], "wasserstein")
    ),
    CRITIC | {"discriminator_steps": 3, "drift": 0.001, "instance_noise": 0.3},
    {"loss": "wasserstein", "spectral_norm": True, "augmentation": "differentiable"},
    {"augmentation": "adaptive", "augmentation_target": 0.0, "discriminator_steps": 2,
     "feature_matching": 1.0, "augment_frequencies": True, "augment_noise": True,
     "augment_cutout": True},
    {"spectral_norm": True, "minibatch": "discrimination", "r1_gamma": 0.5, "mirror": True},
]  # fmt: skip
"""Each choice that the family does not begin with, and what might get in each other's way."""

OFFSET = {"discriminator.projection.unconditional.bias"}
CANCELS = {"wasserstein": OFFSET, "hinge": OFFSET}
"""What need not move: a critic's offset has no gradient where both its sides have a slope of 1."""


def named(parts):
    return "-".join(f"{name}={value}" for name, value in parts.items())


def fit(make_pack, folder, *, family="conditional_gan", should_stop=never, **parts):
    """The trained network's state, and the curve."""
    pack, targets = make_pack(16, 3)
    heard = Heard()
    with repeatable(1), layer_randomness(torch.device("cpu")):
        gan = GENERATORS[family](pack.shape, 3, tiny(family, **{"steps": 4} | parts), seed=1)
        images = AnnotatedImages(pack, np.arange(len(pack)), targets)
        gan.fit(
            images, GeneratorFit(1, folder, ResumeFile(folder, "print"), (), heard, should_stop)
        )
    return gan.state(), [event.values for event in heard if event.kind == "curve"]


@pytest.mark.parametrize("parts", SETTINGS, ids=named)
def test_every_setting_trains_all_weights_and_resumes_exactly(make_pack, tmp_path, parts):
    pack, _ = make_pack(16, 3)
    with layer_randomness(torch.device("cpu")):
        fresh = ConditionalGan(pack.shape, 3, tiny("conditional_gan", **parts), seed=1).state()
    straight, curve = fit(make_pack, tmp_path / "straight", **parts)
    assert curve
    assert all(np.isfinite(value) for values in curve for value in values.values())
    unmoved = {name for name in straight if torch.equal(straight[name], fresh[name])}
    assert unmoved <= CANCELS.get(parts.get("loss"), set())
    with pytest.raises(StopRequestedError):
        fit(make_pack, tmp_path / "stopped", should_stop=StopAfter(2), **parts)
    resumed, _ = fit(make_pack, tmp_path / "stopped", **parts)
    assert [name for name in straight if not torch.equal(straight[name], resumed[name])] == []


TOGETHER = {
    "loss": "hinge", "gradient_penalty": 0.0, "r1_gamma": 0.5, "drift": 0.001,
    "augmentation": "adaptive", "minibatch": "discrimination", "spectral_norm": True,
    "feature_matching": 1.0, "instance_noise": 0.1, "mirror": True,
}  # fmt: skip
OTHERWISE = CRITIC | {
    "augmentation": "differentiable", "minibatch": "standard_deviation", "spectral_norm": False,
    "discriminator_steps": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    "family", sorted(name for name, one in FAMILIES.items() if issubclass(one, AdversarialConfig))
)
@pytest.mark.parametrize("parts", [TOGETHER, OTHERWISE], ids=["together", "otherwise"])
def test_every_family_takes_every_part(make_pack, tmp_path, family, parts):
    _, curve = fit(make_pack, tmp_path, family=family, steps=2, **parts)
    assert curve
    assert all(np.isfinite(value) for values in curve for value in values.values())


@pytest.mark.parametrize(
    ("parts", "match"),
    [
        ({"loss": "hinge", "gradient_penalty": 1.0}, "gradient_penalty"),
        ({"loss": "wasserstein", "gradient_penalty": 0.0}, "no bound"),
        (CRITIC | {"augmentation": "adaptive"}, "no border"),
        ({"augmentation": "much"}, "one of none, differentiable, adaptive"),
        ({"augmentation_target": 1.5}, "at most 1"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_reason(parts, match):
    with pytest.raises(ConfigError, match=match):
        generator_config("conditional_gan", **parts)
