"""How fast StyleGAN3 is, in a size that tells nothing but that it can be told."""

from __future__ import annotations

import sys

import pytest

from ml_engine.config import ImageShape
from ml_engine.studies.stylegan import NotACheckoutError, authors_speed, stylegan_speed
from tests.ml_engine.generators.stylegan.small import config_of

SHAPE = ImageShape(16, 1)


@pytest.mark.parametrize("configuration", ["t", "stylegan2"])
def test_steps_and_batches_are_timed(configuration):
    config = config_of(configuration, layers=3, batch_size=4, threads=1)
    found = stylegan_speed(SHAPE, config, 2)
    assert found.train_images_per_s > 0
    # A step draws, and does much more.
    assert found.sample_images_per_s > found.train_images_per_s


def test_a_folder_without_the_authors_code_is_refused_with_what_it_lacks(tmp_path):
    before = list(sys.path)
    with pytest.raises(NotACheckoutError, match=r"has no training/networks_stylegan3\.py; name a"):
        authors_speed(tmp_path, SHAPE, config_of(), 1)
    assert sys.path == before
