from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.classifiers.inference import TrainedClassifier
from ml_engine.classifiers.networks import build_classifier
from ml_engine.config import (
    ClassifierConfig,
    ConfigError,
    ImageShape,
    StopRequestedError,
)
from ml_engine.generators.conditional_gan import ConditionalGan
from ml_engine.generators.training import train_generator
from tests.ml_engine.conftest import Heard, StopAfter, ignore, never
from tests.ml_engine.generators.conftest import tiny

WARM = {"warm_up_steps": 3, "steps": 6, "checks": 1}


def classifier():
    shape, config = ImageShape(16, 1), ClassifierConfig()
    torch.manual_seed(0)
    return TrainedClassifier(build_classifier(shape, 3, config), shape, config, 3)


def train(make_pack, folder, *, should_stop=never, on_event=ignore, perceptual=None, **settings):
    pack, targets = make_pack()
    return train_generator(
        pack, np.arange(len(pack)), targets, 3, pack.shape,
        tiny("conditional_gan", **WARM | settings), 3, folder,
        perceptual=perceptual, on_event=on_event, should_stop=should_stop,
    )  # fmt: skip


def same(before, module):
    return all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def copy(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def test_only_the_generator_learns_while_it_warms_up(make_pack, make_trainer):
    network = classifier().backbone
    trainer, gan = make_trainer(ConditionalGan, tiny("conditional_gan", **WARM), make_pack(),
                                perceptual=network)  # fmt: skip
    generator, discriminator, features = (
        copy(module) for module in (gan.generator, gan.discriminator, network)
    )
    values = [trainer.step(number) for number in range(3)]
    assert all("loss_warm_up" in one and "loss_d" not in one for one in values)
    assert same(discriminator, gan.discriminator)
    assert not same(generator, gan.generator)
    assert "loss_d" in trainer.step(3)
    assert not same(discriminator, gan.discriminator)
    assert same(features, network)


def test_warming_up_brings_the_features_nearer_to_those_of_real_images(make_pack, make_trainer):
    settings = {"warm_up_steps": 25, "steps": 26, "batch_size": 12, "learning_rate": 2e-3}
    trainer, _ = make_trainer(ConditionalGan, tiny("conditional_gan", **settings), make_pack(),
                              perceptual=classifier().backbone)  # fmt: skip
    losses = [trainer.step(number)["loss_warm_up"].item() for number in range(25)]
    assert np.mean(losses[-5:]) < 0.7 * losses[0]


def test_a_warm_up_resumes_exactly(make_pack, tmp_path):
    network = classifier().backbone
    straight = train(make_pack, tmp_path / "straight", perceptual=network)
    for steps in (2, 1, 1):
        with pytest.raises(StopRequestedError):
            train(make_pack, tmp_path / "stopped", perceptual=network, should_stop=StopAfter(steps))
    assert train(make_pack, tmp_path / "stopped", perceptual=network).sha256 == straight.sha256
    assert train(make_pack, tmp_path / "cold", warm_up_steps=0).sha256 != straight.sha256


@pytest.mark.parametrize(
    ("network", "missing"), [("classifier", "no classifier yet"), ("fixed", "no feature network")]
)
def test_without_features_it_trains_all_the_same_and_says_so(make_pack, tmp_path, network, missing):
    heard = Heard()
    train(make_pack, tmp_path / "run", on_event=heard, warm_up_network=network)
    (warning,) = (event.message for event in heard if event.kind == "warning")
    assert missing in warning
    assert "3 steps" in warning


def test_a_generator_that_was_trained_before_does_not_warm_up_again(make_pack, make_trainer):
    longer_than_it_trains = tiny("conditional_gan", **WARM | {"warm_up_steps": 9})
    trainer, _ = make_trainer(ConditionalGan, longer_than_it_trains, make_pack(),
                              perceptual=classifier().backbone, trained_before=True)  # fmt: skip
    assert "loss_d" in trainer.step(0)


def test_a_warm_up_that_is_the_whole_training_is_refused(make_pack, tmp_path):
    with pytest.raises(ConfigError, match=r"warm_up_steps is 6.*less than steps, which is 6"):
        train(make_pack, tmp_path, warm_up_steps=6)
