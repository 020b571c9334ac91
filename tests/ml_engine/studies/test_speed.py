from __future__ import annotations

from dataclasses import replace

import pytest

from ml_engine.config import ImageShape
from ml_engine.studies.peers import diffusers_images_per_s
from ml_engine.studies.speed import Amounts, speed, together_images_per_s
from tests.ml_engine.generators.conftest import tiny

FEW = Amounts(images=40, steps=2, drawn=3, repeats=1)


@pytest.mark.parametrize("family", ["pca", "augmentation", "conditional_gan"])
def test_a_family_is_timed_in_training_and_in_sampling(family):
    found = speed(ImageShape(16, 1), tiny(family), FEW)
    assert found.train_images_per_s > 0
    assert found.sample_images_per_s > 0


def test_two_processes_are_timed_together():
    amounts = replace(FEW, shared_steps=40)
    config = tiny("vae", batch_size=16)
    assert together_images_per_s(ImageShape(16, 3), config, 2, amounts) > 0


def test_the_loop_of_diffusers_is_timed_on_the_same_network():
    config = tiny("diffusion", batch_size=24)  # an epoch of one batch, so that it begins anew
    assert diffusers_images_per_s(ImageShape(16, 3), config, FEW) > 0
