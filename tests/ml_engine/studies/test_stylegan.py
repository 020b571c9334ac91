"""How fast StyleGAN3 is, in a size that tells nothing but that it can be told."""

from __future__ import annotations

import sys

import pytest
import torch

from ml_engine.config import ImageShape
from ml_engine.studies.stylegan import peer_speed, stylegan_speed
from ml_engine.studies.stylegan_peers import NoPeerError, authors, stylegan2_pytorch
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
    with pytest.raises(NoPeerError, match=r"has no training/networks_stylegan3\.py; name a"):
        peer_speed(authors, tmp_path, SHAPE, config_of(), 1)
    assert sys.path == before


def test_a_package_that_is_not_whole_is_refused_with_what_it_needs(tmp_path):
    shape, config = ImageShape(16, 3), config_of("stylegan2")
    with pytest.raises(NoPeerError, match="knows only images in colour"):
        peer_speed(stylegan2_pytorch, tmp_path, SHAPE, config, 1)
    with pytest.raises(NoPeerError, match="has no stylegan2_pytorch; install it"):
        peer_speed(stylegan2_pytorch, tmp_path, shape, config, 1)
    package = tmp_path / "stylegan2_pytorch"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "stylegan2_pytorch.py").write_text("import not_installed_here\n")
    with pytest.raises(NoPeerError, match="needs not_installed_here; install it"):
        peer_speed(stylegan2_pytorch, tmp_path, shape, config, 1)
    assert not {"aim", "stylegan2_pytorch"} & set(sys.modules)
    assert not torch.cuda.is_available() or torch.cuda.device_count()
