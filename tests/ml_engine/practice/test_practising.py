from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml_engine.checkpoints import load_checkpoint
from ml_engine.classifiers.training import train_classifier
from ml_engine.config import ClassifierConfig, ImageShape, PracticeConfig, StopRequestedError
from ml_engine.practice.practising import Practice
from tests.ml_engine.conftest import Heard, StopAfter, ignore, never, stripes

CONFIG = ClassifierConfig(steps=48, batch_size=16, checkpoint_every=10, mirror=False)
PRACTICE = PracticeConfig(parts=6, images=24)


class Draughtsman:
    """Draws the stripes of a class, or of the one after it where it has learnt them wrongly."""

    shape = ImageShape(16, 1)
    class_count = 3
    latent_size = 2

    def __init__(self, off_by: int = 0) -> None:
        self._off_by = off_by

    def sample(self, latents, classes):
        return np.stack([self._draw(z, int(c)) for z, c in zip(latents, classes, strict=True)])

    def _draw(self, latent, position):
        draws = np.random.default_rng(latent.view(np.uint32).tolist())
        return stripes((position + self._off_by) % 3, 16, 1, draws).squeeze(-1)[None]


def train(data, folder, practice, *, on_event=ignore, should_stop=never, held_out=True):
    pack, targets = data
    rows = np.arange(len(pack))
    return train_classifier(
        pack, rows[:6], targets[:6], 3, pack.shape, CONFIG, 3, folder,
        calibration=(rows[6:], targets[6:]) if held_out else None,
        supplement=practice, on_event=on_event, should_stop=should_stop,
    )  # fmt: skip


def outcome(result):
    return load_checkpoint(result.folder, kind="classifier")[1]["supplement"]


def practice(off_by=0, **settings):
    return Practice(Draughtsman(off_by), "abc", range(3), replace(PRACTICE, **settings))


def test_it_takes_more_of_images_that_teach_and_less_of_those_that_mislead(make_pack, tmp_path):
    data = make_pack(16, 1, 66)
    good = outcome(train(data, tmp_path / "good", practice()))["by_part"]
    bad = outcome(train(data, tmp_path / "bad", practice(off_by=1, least_own=0.0)))["by_part"]
    assert len(good) == PRACTICE.parts - 1
    assert good[-1]["ratio"] > PRACTICE.ratio > bad[-1]["ratio"]
    assert bad[-1]["ratio"] == pytest.approx(PRACTICE.ratio / 1.5**5)
    assert good[0]["advantage"] > 0 > bad[0]["advantage"]


def test_a_candidate_that_looks_like_another_class_is_left_out(make_pack, tmp_path):
    data = make_pack(16, 1, 66)
    told = outcome(train(data, tmp_path / "run", practice(off_by=1, least_own=0.2)))["by_part"]
    # From the first look on the classifier knows the classes, and takes none of them for its own.
    assert told[-1]["unlike"] > PRACTICE.images * PRACTICE.candidates_per_kept / 2
    assert told[-1]["kept"] < PRACTICE.images


def test_every_part_has_new_images_of_each_class_it_may_make(make_pack, tmp_path):
    data = make_pack(16, 1, 66)
    seen = []

    class Watched(Practice):
        def joined(self, number, trainer, images, targets):
            joined = super().joined(number, trainer, images, targets)
            seen.append((number, self._images.copy(), self._targets.copy(), len(joined[0])))
            return joined

    train(data, tmp_path / "run", Watched(Draughtsman(), "abc", [0, 2], PRACTICE))
    parts = {number // 8: images for number, images, _, _ in seen}
    assert len(parts[0]) == 0
    assert {images.tobytes() for images in parts.values()} == {
        parts[part].tobytes() for part in range(6)
    }
    assert len({images.tobytes() for images in parts.values()}) == 6
    assert {tuple(np.unique(targets)) for number, _, targets, _ in seen if number >= 8} == {(0, 2)}
    assert {size for *_, size in seen} == {CONFIG.batch_size}


def test_stopped_anywhere_it_goes_on_as_if_it_never_had(make_pack, tmp_path):
    data = make_pack(16, 1, 66)
    heard = Heard()
    straight = train(data, tmp_path / "straight", practice(), on_event=heard)
    for steps in (5, 4, 13):
        with pytest.raises(StopRequestedError):
            train(data, tmp_path / "stopped", practice(), should_stop=StopAfter(steps))
    resumed = train(data, tmp_path / "stopped", practice())
    assert resumed.sha256 == straight.sha256
    assert outcome(resumed) == outcome(straight)
    assert any("ratio" in event.values for event in heard)


def test_another_generator_is_another_training(make_pack, tmp_path):
    data = make_pack(16, 1, 66)
    first = train(data, tmp_path / "run", practice())
    other = Practice(Draughtsman(1), "def", range(3), PRACTICE)
    assert train(data, tmp_path / "run", other).sha256 != first.sha256
    assert train(data, tmp_path / "alone", None).sha256 != first.sha256


def test_without_guidance_images_the_ratio_stays_where_it_began(make_pack, tmp_path):
    data = make_pack(16, 1, 66)
    told = outcome(train(data, tmp_path / "run", practice(), held_out=False))["by_part"]
    assert {part["ratio"] for part in told} == {PRACTICE.ratio}
    assert {part["advantage"] for part in told} == {None}


def test_classes_that_the_generator_does_not_make_are_refused():
    with pytest.raises(ValueError, match=r"makes no images of the classes \[0, 3\]"):
        Practice(Draughtsman(), "abc", [0, 3], PRACTICE)
    with pytest.raises(ValueError, match=r"no images of the classes \[\]"):
        Practice(Draughtsman(), "abc", [], PRACTICE)
