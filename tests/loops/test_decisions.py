"""What a round decides, and how it says so."""

from __future__ import annotations

from apps.loops.decisions import Confirmation, Trial, reason


def trial(ratio: float, accuracy: float) -> Trial:
    return Trial(
        ratio=ratio,
        arms=[],
        evaluation_runs=[],
        accuracy=(accuracy, accuracy - 0.01, accuracy + 0.01),
        macro_f1=(accuracy, accuracy - 0.01, accuracy + 0.01),
        per_seed=[accuracy] * 3,
        image_count=2000,
    )


def confirmation(gain: float, low: float, high: float, **harmed: tuple[float, float, float]):
    return Confirmation(gain, low, high, image_count=3000, harmed_classes=harmed)


def test_only_a_certain_gain_that_harms_no_class_convinces() -> None:
    assert confirmation(0.013, 0.004, 0.022).convinces
    assert not confirmation(0.013, -0.001, 0.027).convinces
    assert not confirmation(0.013, 0.004, 0.022, shirt=(-0.05, -0.09, -0.01)).convinces


def test_an_accepted_ratio_is_told_with_gain_interval_seeds_and_images() -> None:
    trials = [trial(0, 0.79), trial(0.5, 0.80)]
    told = reason(trials, trials[1], confirmation(0.013, 0.004, 0.022))
    assert told == (
        "On test, ratio 0.5 was 1.3 points better than real images alone (95% interval +0.4 to"
        " +2.2, 3 seeds, 3,000 images); no class was harmed. The mix takes ratio 0.5."
    )


def test_that_synthetic_images_did_not_help_is_told_as_a_result() -> None:
    trials = [trial(0, 0.80), trial(0.5, 0.79), trial(1, 0.785)]
    told = reason(trials, trials[0], None)
    assert told.startswith("Synthetic images did not help on select: ratio 0.5 reached 79.0%")
    assert "Test was not read" in told


def test_an_uncertain_gain_keeps_ratio_0() -> None:
    trials = [trial(0, 0.79), trial(0.5, 0.80)]
    told = reason(trials, trials[1], confirmation(0.005, -0.004, 0.014))
    assert told.endswith("that is not certain. The mix stays at ratio 0.")


def test_a_harmed_class_is_named() -> None:
    trials = [trial(0, 0.79), trial(0.5, 0.80)]
    harmed = confirmation(0.013, 0.004, 0.022, shirt=(-0.05, -0.09, -0.01))
    assert "it harmed shirt" in reason(trials, trials[1], harmed)


def test_a_round_without_usable_synthetic_images_says_so() -> None:
    only = trial(0, 0.79)
    assert "too few were found right" in reason([only], only, None)
