from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ml_engine.conversion.stylegan import ConversionError, convert
from tests.ml_engine.conversion.published import config_of, module_of, network, published, written

Z = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("configuration", ["t", "r", "stylegan2"])
@torch.no_grad()
def test_a_published_file_becomes_networks_that_draw_the_same(
    tmp_path: Path, configuration: str, protocol: int
) -> None:
    theirs = network(configuration, 3)
    path = written(tmp_path / "net.pkl", published(theirs), protocol)
    converted = convert(path, class_count=3)
    ours = converted.generator
    classes = torch.tensor([0, 1, 2, 0])
    assert converted.is_whole
    assert ours.config == config_of(configuration)
    assert torch.equal(ours.average(Z, classes), theirs.average(Z, classes))
    real = torch.randn(4, 3, 16, 16)
    assert torch.equal(ours.discriminator(real, classes), theirs.discriminator(real, classes))
    assert ours.state().keys() == theirs.state().keys()
    assert all(torch.equal(tensor, theirs.state()[name]) for name, tensor in ours.state().items())


@torch.no_grad()
def test_networks_without_classes_gain_some_that_begin_alike_and_can_part(tmp_path: Path) -> None:
    theirs = network("t", 1)
    path = written(tmp_path / "net.pkl", published(theirs))
    ours = convert(path, class_count=3).generator
    wanted = theirs.average(Z, torch.zeros(4, dtype=torch.int64))
    for number in range(3):
        drawn = ours.average(Z, torch.full((4,), number))
        assert torch.allclose(drawn, wanted, atol=1e-5)
    with torch.enable_grad():
        images = ours.generator(Z, torch.tensor([0, 1, 2, 0]))
        images.square().sum().backward()
    told = ours.generator.get_parameter("mapping.fc0.weight").grad
    assert told is not None
    assert told[:, 8:].abs().max() > 0


def test_without_a_discriminator_a_fresh_one_is_told_of(tmp_path: Path) -> None:
    path = written(tmp_path / "net.pkl", published(network("t", 1), parts=("G_ema",)))
    converted = convert(path, class_count=1)
    assert not converted.is_whole
    weights = converted.generator.state()
    assert torch.equal(weights["generator.synthesis.input.weight"],
                       weights["average.synthesis.input.weight"])  # fmt: skip


def changed_shape(held):
    held["G_ema"].meta["state"]["_modules"]["mapping"].meta["state"]["_buffers"]["w_avg"] = (
        torch.zeros(12, 2)
    )
    return held


def without(held, name):
    del held["G_ema"].meta["state"]["_modules"]["synthesis"].meta["state"]["_modules"][name]
    return held


def nested(held):
    layer = module_of(torch.nn.Module())
    for _ in range(20):
        outer = module_of(torch.nn.Module())
        outer.meta["state"]["_modules"] = {"within": layer}
        layer = outer
    held["G_ema"].meta["state"]["_modules"]["synthesis"] = layer
    return held


@pytest.mark.parametrize(
    ("held", "classes", "told"),
    [
        (lambda: {"G": 1}, 1, "holds no moving average of a generator"),
        (lambda: [1, 2], 1, "holds no moving average of a generator"),
        (lambda: published(network("t", 3)), 4, "knows 3 classes; the project has 4"),
        (lambda: published(network("t", 1), filter_size=8), 1, "its setting filter_size is 8"),
        (lambda: published(network("t", 1), architecture="orig"), 1, "architecture is orig"),
        (lambda: published(network("t", 1), use_radial_filters=True), 1, "mixes the configura"),
        (lambda: published(network("t", 1), channel_base=100), 1, "channel_base 100"),
        (lambda: published(network("t", 1), channel_max=8), 1, "which ours has not"),
        (lambda: changed_shape(published(network("t", 1))), 1, "has the shape (12, 2)"),
        (lambda: without(published(network("t", 1)), "input"), 1, "lacks synthesis.input"),
        (lambda: nested(published(network("t", 1))), 1, "more than 12 deep"),
    ],
    ids=["no average", "a list", "other classes", "other filters", "another architecture",
         "t and r", "odd width", "narrower", "wrong shape", "a layer is missing", "too deep"],
)  # fmt: skip
def test_other_networks_than_ours_are_refused_with_what_is_other(
    tmp_path: Path, held, classes: int, told: str
) -> None:
    path = written(tmp_path / "net.pkl", held())
    with pytest.raises(ConversionError) as refusal:
        convert(path, class_count=classes)
    assert str(refusal.value).startswith("net.pkl is not converted: ")
    assert told in str(refusal.value)
