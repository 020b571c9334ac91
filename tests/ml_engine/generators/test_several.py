"""One generator trained by two processes that torchrun starts, beside one process alone."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_engine.config import StopRequestedError, generator_config
from ml_engine.generators.attempts import with_half_the_batch
from ml_engine.generators.orders import Judge, Order, read_order
from ml_engine.generators.several import (
    ProcessesFailedError,
    processes_for,
    train_together,
)
from ml_engine.generators.training import load_generator, sample, train_generator
from tests.ml_engine.conftest import Heard, StopAfter, never
from tests.ml_engine.generators.conftest import tiny

STEPS = 8
COMPARED = {"loss", "loss_d", "loss_g", "real_score", "fake_score"}


def order_of(data, folder, family, **settings):
    pack, targets = data
    settings = {"steps": STEPS, "batch_size": 16, "checkpoint_every": 3, **settings}
    return Order(
        pack=pack.path, rows=np.arange(len(pack)), targets=targets, class_count=3,
        config=tiny(family, **settings), seed=3, folder=folder, warm_start=None,
        class_names=("a", "b", "c"), judge=None,
    )  # fmt: skip


def alone(data, order, should_stop=never):
    heard = Heard()
    train_generator(
        data[0], order.rows, order.targets, 3, data[0].shape, order.config, order.seed,
        order.folder, class_names=order.class_names, on_event=heard, should_stop=should_stop,
    )  # fmt: skip
    return heard


def curves(heard):
    return {event.step: event.values for event in heard if event.kind == "curve"}


def assert_alike(some, others):
    """At the steps that both told of; half precision rounds sums of halves otherwise."""
    told = sorted(set(some) & set(others))
    assert STEPS in told
    for step in told:
        assert set(some[step]) == set(others[step])
        for name in COMPARED & set(some[step]):
            assert some[step][name] == pytest.approx(others[step][name], rel=0.02, abs=0.002)


class KillsTheSecond:
    """A `should_stop` that kills the second process as soon as there is one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.killed = folder, False

    def __call__(self):
        if not self.killed:
            pid = second_process(self.folder)
            if pid:
                os.kill(pid, signal.SIGKILL)
                self.killed = True
        return False


def second_process(folder: Path) -> int | None:
    """The process that trains in `folder` as the second of its kind; None while there is none."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (
                (entry / "cmdline").read_bytes(),
                (entry / "environ").read_bytes(),
            )
        except OSError:
            continue
        if str(folder).encode() in command and b"\0RANK=1\0" in b"\0" + environment:
            return int(entry.name)
    return None


def test_two_processes_go_on_from_any_state_along_the_curve_of_one(make_pack, tmp_path):
    data, heard = make_pack(), Heard()
    order = order_of(data, tmp_path / "two", "conditional_gan")
    with pytest.raises(StopRequestedError):
        alone(data, order, StopAfter(STEPS // 2))
    with pytest.raises(StopRequestedError, match=f"of {STEPS} steps"):
        train_together(order, 2, on_event=heard, should_stop=lambda: True)
    train_together(order, 2, on_event=heard, should_stop=never)
    assert min(curves(heard)) > STEPS // 2
    assert_alike(curves(alone(data, replace(order, folder=tmp_path / "one"))), curves(heard))
    assert {path.name for path in (tmp_path / "two").iterdir()} == {"checkpoint", "samples"}


@pytest.mark.parametrize("family", ["vae", "diffusion"])
def test_two_processes_learn_without_a_discriminator_what_one_would(make_pack, tmp_path, family):
    data, heard = make_pack(), Heard()
    order = order_of(data, tmp_path / "two", family)
    result = train_together(order, 2, on_event=heard, should_stop=never)
    one = replace(order, folder=tmp_path / "one")
    assert_alike(curves(alone(data, one)), curves(heard))
    drawn, expected = (
        sample(load_generator(folder), 0, np.arange(12) % 3)[0].astype(float)
        for folder in (result.folder, one.folder / "checkpoint")
    )
    assert np.abs(drawn - expected).mean() < 2


def test_a_process_that_is_killed_ends_the_training_which_can_be_retried(make_pack, tmp_path):
    data, heard = make_pack(), Heard()
    order = order_of(data, tmp_path / "two", "dcgan", width=8)
    killer = KillsTheSecond(order.folder)
    with pytest.raises(ProcessesFailedError, match=r"One of the 2 processes .* was lost.* Retry"):
        train_together(order, 2, on_event=Heard(), should_stop=killer)
    train_together(order, 2, on_event=heard, should_stop=never)
    assert_alike(curves(alone(data, replace(order, folder=tmp_path / "one"))), curves(heard))


def test_what_ends_a_process_is_told_as_it_is_by_one(make_pack, tmp_path):
    order = order_of(make_pack(30), tmp_path / "run", "conditional_gan")
    with pytest.raises(ProcessesFailedError, match="size is 30"):
        train_together(order, 2, on_event=Heard(), should_stop=never)


def test_only_what_can_be_shared_is_given_to_several():
    config = generator_config("conditional_gan", batch_size=64)
    assert [processes_for(config, gpus) for gpus in (1, 2, 3, 4, 8)] == [1, 2, 2, 4, 8]
    assert processes_for(replace(config, batch_size=36), 8) == 3
    assert processes_for(replace(config, batch_size=10), 8) == 1
    assert processes_for(replace(config, minibatch="discrimination"), 8) == 1
    assert processes_for(generator_config("diffusion", batch_size=64), 8) == 8
    assert processes_for(generator_config("pca"), 8) == 1


def test_an_order_is_read_as_it_was_written(make_pack, tmp_path):
    order = order_of(make_pack(), tmp_path / "run", "conditional_gan")
    judge = Judge(tmp_path / "judge", "a classifier", np.arange(4), np.arange(4) % 3)
    for one in (order, replace(order, judge=judge, warm_start=tmp_path / "before")):
        one.write(tmp_path / "files")
        again = read_order(tmp_path / "files")
        assert str(again) == str(one)
    assert with_half_the_batch(order.config) != again.config
