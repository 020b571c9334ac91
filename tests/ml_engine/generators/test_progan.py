from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image

from ml_engine.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from ml_engine.config import ConfigError, ImageShape, StopRequestedError
from ml_engine.config.generators import ProGanConfig
from ml_engine.generators.parts.growing import grown_at, halved
from ml_engine.generators.progan import ProGan
from ml_engine.generators.training import load_generator, train_generator
from tests.ml_engine.conftest import CrashAfter, StopAfter, ignore, never
from tests.ml_engine.generators.conftest import tiny

STEPS = 24
GROWTH = {"steps": STEPS, "growing": 0.5, "fading": 0.5}
"""At 16² the middle size begins at step 6 and the full one at 12."""


def progan(shape=(16, 1), class_count=3, **settings):
    return ProGan(ImageShape(*shape), class_count, tiny("progan", **settings), seed=1)


def train(data, folder, *, should_stop=never, on_event=ignore, **settings):
    pack, targets = data
    settings = GROWTH | {"checks": 1, "checkpoint_every": 100} | settings
    warm_start = settings.pop("warm_start", None)
    return train_generator(
        pack, np.arange(len(pack)), targets, 3, pack.shape, tiny("progan", **settings), 3, folder,
        warm_start=warm_start, on_event=on_event, should_stop=should_stop,
    )  # fmt: skip


def grow(generator, grown):
    generator.load_state(generator.state() | {"grown": torch.tensor(grown)})


def latents(count, generator):
    torch.manual_seed(0)
    return torch.randn(count, generator.latent_size), torch.arange(count) % generator.class_count


def squares(images, side):
    """Whether each image consists of equal squares, `side` in a row."""
    coarse = halved(images, int(np.log2(images.shape[-1] // side)))
    return torch.allclose(
        torch.nn.functional.interpolate(coarse, images.shape[-2:]), images, atol=1e-6
    )


@pytest.mark.parametrize("size", [16, 28, 32, 64])
def test_it_grows_by_doubling_from_maps_of_a_few_pixels(size):
    generator = progan((size, 3))
    side = generator.generator.side
    assert side * 2**generator.generator.last == size
    for grown in range(generator.generator.last + 1):
        grow(generator, float(grown))
        images = generator.generator(*latents(2, generator))
        assert images.shape == (2, 3, size, size)
        assert squares(images, side * 2**grown)
        assert generator.discriminator(images, torch.arange(2)).shape == (2,)


def test_a_size_that_has_no_small_maps_is_refused():
    with pytest.raises(ConfigError, match="ProGAN takes images whose sides are divisible by 4"):
        progan((30, 1))


def test_sizes_share_the_steps_and_fade_in_by_equal_steps():
    grown = [grown_at(number, 24, 2, growing=0.5, fading=0.5) for number in range(24)]
    third, two_thirds = pytest.approx(1 / 3), pytest.approx(2 / 3)
    assert grown[:6] == [0.0] * 6
    assert grown[6:12] == [third, two_thirds, 1.0, 1.0, 1.0, 1.0]
    assert grown[12:15] == [pytest.approx(4 / 3), pytest.approx(5 / 3), 2.0]
    assert set(grown[15:]) == {2.0}


@pytest.mark.parametrize("steps", [6, 7, 100, 999])
@pytest.mark.parametrize("growing", [0.1, 0.5, 0.9])
def test_a_schedule_never_shrinks_or_skips_a_size(steps, growing):
    grown = [grown_at(n, steps, 2, growing, fading=1.0) for n in range(steps)]
    assert all(before <= after for before, after in pairwise(grown))
    assert grown[-1] > 1
    if steps * growing >= 2:
        assert {int(np.ceil(g)) for g in grown} == {0, 1, 2}


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_synthetic_images_fade_in_linearly(share):
    generator = progan()
    drawn = {}
    for grown in (1.0, 1.0 + share, 2.0):
        grow(generator, grown)
        with torch.no_grad():
            drawn[grown] = generator.average(*latents(4, generator))
    assert drawn[1.0 + share] == pytest.approx(
        (1 - share) * drawn[1.0] + share * drawn[2.0], abs=1e-5
    )


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_real_images_fade_as_synthetic_ones_do(share):
    generator, real = progan(), torch.randn(4, 1, 16, 16)
    seen = {}
    for grown in (1.0, 1.0 + share, 2.0):
        grow(generator, grown)
        seen[grown] = generator.as_seen(real)
    assert torch.equal(seen[2.0], real)
    assert squares(seen[1.0], 8)
    assert seen[1.0 + share] == pytest.approx((1 - share) * seen[1.0] + share * real, abs=1e-5)


def test_the_discriminator_sees_no_more_detail_than_has_faded_in():
    generator, images = progan(), torch.randn(4, 1, 16, 16)
    grow(generator, 1.0)
    y = torch.arange(4) % 3
    with torch.no_grad():
        fine, coarse = (generator.discriminator(x, y) for x in (images, generator.as_seen(images)))
    assert fine == pytest.approx(coarse, abs=1e-5)


def test_it_judges_real_images_alike_with_and_without_synthetic_ones_beside():
    generator = progan()
    grow(generator, 2.0)
    real, fake, y = torch.randn(8, 1, 16, 16), torch.randn(8, 1, 16, 16) / 9, torch.arange(8) % 3
    with torch.no_grad():
        together = generator.discriminator(torch.cat([real, fake]), torch.cat([y, y]))
        alone = torch.cat([generator.discriminator(x, y) for x in (real, fake)])
    assert together == pytest.approx(alone, abs=1e-5)


def test_the_length_of_a_latent_does_not_matter():
    generator = progan()
    z, y = latents(4, generator)
    with torch.no_grad():
        assert generator.average(3 * z, y) == pytest.approx(generator.average(z, y), abs=1e-4)


def test_optimisers_begin_anew_with_each_size_alone():
    generator = progan(**GROWTH)
    assert [n for n in range(STEPS) if generator.begin(n)] == [6, 12]


def test_average_and_networks_are_always_equally_grown():
    generator = progan(**GROWTH)
    for number in (7, 13, 20):
        generator.begin(number)
        networks = (generator.generator, generator.discriminator, generator.average)
        assert len({network.grown for network in networks}) == 1
    again = progan(**GROWTH)
    generator.begin(13)
    again.load_state(generator.state())
    z, y = np.ones((3, generator.latent_size), np.float32), np.arange(3)
    assert (again.sample(z, y) == generator.sample(z, y)).all()


@pytest.mark.parametrize("stopped", [6, 8], ids=["at a new size", "while it fades in"])
def test_resuming_equals_never_stopping_across_growth(make_pack, tmp_path, stopped):
    data = make_pack()
    straight = train(data, tmp_path / "straight", fading=1.0)
    with pytest.raises(StopRequestedError):
        train(data, tmp_path / "run", should_stop=StopAfter(stopped), fading=1.0)
    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "run", should_stop=CrashAfter(2), fading=1.0)
    assert train(data, tmp_path / "run", fading=1.0).sha256 == straight.sha256


def test_a_training_that_goes_on_from_a_grown_one_does_not_begin_small(make_pack, tmp_path):
    data = make_pack()
    first = train(data, tmp_path / "first")
    sheets = []
    train(
        data, tmp_path / "warm", warm_start=first.folder, checks=STEPS,
        on_event=lambda event: sheets.append(event) if event.kind == "samples" else None,
    )  # fmt: skip
    assert len(sheets) == STEPS
    sheet = np.asarray(Image.open(sheets[0].path))
    assert (sheet[::2] != sheet[1::2]).any()


def test_the_papers_loss_moves_the_discriminators_bias_by_its_drift_alone(make_pack, tmp_path):
    data, faithful = make_pack(), ProGanConfig.presets["faithful"]
    bias = "discriminator.projection.unconditional.bias"
    for drift, moves in ((faithful["drift"], True), (0.0, False)):
        settings = faithful | {"steps": 8, "latent_size": 6, "drift": drift}
        folder = train(data, tmp_path / f"{drift}", **settings).folder
        state, _ = load_checkpoint(folder, kind="generator")
        assert bool(state[bias].count_nonzero()) == moves


def test_a_checkpoint_that_has_grown_too_far_is_refused(make_pack, tmp_path):
    folder = train(make_pack(), tmp_path / "run", steps=8).folder
    state, metadata = load_checkpoint(folder, kind="generator")
    save_checkpoint(folder, state | {"grown": torch.tensor(9.0)}, metadata)
    with pytest.raises(CheckpointError, match="grew to 9"):
        load_generator(folder)
