"""What the controller makes of arms about which the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from ml_engine.controller import candidate_of, confirm
from ml_engine.controller.confirming import level_for, pair_test
from ml_engine.controller.harm import class_changes, holm
from ml_engine.studies.worlds import World, Worth

TARGETS = np.arange(3000) % 10


def confirmed(worth: Worth, number: int, **noise):
    world = World({1.0: worth}, **noise)
    drawn = world.draw(np.random.default_rng(number))
    control, treatment = (drawn.on_test(ratio, world.seeds) for ratio in (0.0, 1.0))
    return confirm(control, treatment, drawn.targets, seed=number)


def test_a_large_gain_is_accepted_and_told_with_all_its_figures():
    found = confirmed(Worth(0.03), 0)
    assert found.accepted
    assert 0 < found.low < found.gain < found.high
    assert (found.seeds, found.images, found.level, found.harmed) == (10, 3000, 0.95, ())
    assert [change.images for change in found.classes] == [300] * 10
    assert found.pair.won + found.pair.lost > 0


def test_an_arm_of_noisy_labels_is_refused():
    found = confirmed(Worth(-0.03), 0)
    assert not found.accepted
    assert found.high < 0


def test_a_class_that_falls_while_the_mean_gains_refuses_and_is_the_only_one_named():
    found = confirmed(Worth(0.025, {6: -0.15}), 0)
    assert found.low > 0
    assert [change.position for change in found.harmed] == [6]
    assert found.harmed[0].high < -0.02
    assert not found.accepted


def test_noise_alone_seldom_harms_a_class_though_many_fall_by_more_than_is_allowed():
    found = [confirmed(Worth(), number, seeds=5) for number in range(80)]
    fell = [any(change.change < -0.02 for change in each.classes) for each in found]
    assert np.mean(fell) > 0.3
    assert np.mean([bool(each.harmed) for each in found]) <= 0.075


def test_a_small_certain_fall_is_allowed():
    control = np.ones((5, 3000), bool)
    treatment = control.copy()
    treatment[:, :150:10] = False
    changed = class_changes(control, treatment, TARGETS, most_drop=0.05)[0]
    assert changed.change == pytest.approx(-0.05)
    assert not changed.is_harmed
    assert class_changes(control, treatment, TARGETS, most_drop=0.01)[0].is_harmed


def test_a_class_of_few_images_cannot_be_harmed_for_sure():
    control = np.ones((5, 1004), bool)
    treatment = control.copy()
    treatment[:, 1000:] = False
    targets = np.where(np.arange(1004) < 1000, 0, 1)
    lost = class_changes(control, treatment, targets)[1]
    assert (lost.change, lost.p, lost.is_harmed) == (-1, 2 * 0.5**4, False)


def test_the_deployed_pair_is_tested_exactly_and_refuses_only_where_it_is_worse():
    control, treatment = np.ones((2, 100), bool)
    treatment[:10] = False
    test = pair_test(control, treatment)
    assert (test.won, test.lost, test.p) == (0, 10, pytest.approx(2 / 2**10))
    assert test.is_worse
    assert not pair_test(treatment, control).is_worse
    assert pair_test(control, control).p == 1


def test_a_gain_over_seeds_does_not_make_good_a_worse_pair():
    drawn = World({1.0: Worth(0.05)}).draw(np.random.default_rng(0))
    control, treatment = drawn.on_test(0.0, 10), drawn.on_test(1.0, 10).copy()
    treatment[0] = control[0] & (np.arange(3000) % 20 > 0)
    found = confirm(control, treatment, drawn.targets, seed=0)
    assert found.gain > 0
    assert found.pair.is_worse
    assert not found.accepted


def test_what_a_trial_could_have_found_is_found_in_four_of_five():
    detectable = np.mean([confirmed(Worth(), number).detectable for number in range(20)])
    gains = [confirmed(Worth(float(detectable)), number) for number in range(60)]
    assert 0.65 <= np.mean([found.low > 0 for found in gains]) <= 0.92


def test_the_best_of_more_than_two_must_be_surer():
    assert [level_for(count) for count in (1, 2, 5)] == [0.95, 0.95, 0.98]
    world = World({1.0: Worth()}, test=500).draw(np.random.default_rng(0))
    control, treatment = world.on_test(0.0, 10), world.on_test(1.0, 10)
    alone, of_six = (
        confirm(control, treatment, world.targets, seed=0, compared=count) for count in (1, 6)
    )
    assert of_six.low < alone.low < alone.high < of_six.high
    assert of_six.detectable > alone.detectable


def test_holm_multiplies_by_what_is_left_and_never_falls():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.9, 0.8]) == [1, 1]


def test_of_equals_the_smaller_ratio_is_the_candidate():
    right, better = np.zeros((2, 10), bool), np.zeros((2, 10), bool)
    better[0, 0] = True
    assert candidate_of({0.0: right, 0.5: right, 1.0: right}) == 0
    assert candidate_of({0.0: right, 0.5: better, 1.0: better}) == 0.5
