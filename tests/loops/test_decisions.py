"""What a round decides, and how it says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps.loops.decisions import Confirmation, Trial, reason
from apps.loops.models import Decision


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


def confirmation(
    gain: float, low: float, high: float, *, accepted: bool = False, **more: Any
) -> Confirmation:
    return Confirmation(
        accepted=accepted, gain=gain, low=low, high=high, image_count=3000, seed_count=3, **more
    )


def test_an_accepted_ratio_is_told_with_gain_interval_seeds_and_images() -> None:
    trials = [trial(0, 0.79), trial(0.5, 0.80)]
    told = reason(trials, trials[1], confirmation(0.013, 0.004, 0.022, accepted=True))
    assert told == (
        "On test, ratio 0.5 was 1.3 points better than real images alone (95% interval +0.4 to"
        " +2.2, 3 seeds, 3,000 images); no class was harmed. The mix takes ratio 0.5."
    )


def test_that_synthetic_images_did_not_help_is_told_as_a_result() -> None:
    trials = [trial(0, 0.80), trial(0.5, 0.79), trial(1, 0.785)]
    told = reason(trials, trials[0], None)
    assert told.startswith("Synthetic images did not help on select: ratio 0.5 reached 79.0%")
    assert "Test was not read" in told


def test_an_uncertain_gain_keeps_ratio_0_and_says_what_would_have_been_found() -> None:
    trials = [trial(0, 0.79), trial(0.5, 0.80)]
    doubtful = confirmation(0.005, -0.004, 0.014, detectable=0.0131, level=0.98)
    told = reason(trials, trials[1], doubtful)
    assert "98% interval -0.4 to +1.4" in told
    assert told.endswith(
        "that is not certain. Of so many seeds and images, a true gain of 1.3 points would be"
        " found in four of five trials. The mix stays at ratio 0."
    )
    worse = reason(trials, trials[1], confirmation(-0.02, -0.03, -0.01, detectable=0.01))
    assert worse.endswith("3,000 images). The mix stays at ratio 0.")


def test_harmed_classes_are_named_and_many_long_names_fit() -> None:
    trials = [trial(0, 0.79), trial(0.5, 0.80)]
    fall = (-0.05, -0.09, -0.01)
    harmed = confirmation(0.013, 0.004, 0.022, harmed_classes={"shirt": fall})
    assert "but it harmed shirt. The mix" in reason(trials, trials[1], harmed)
    names = [f"{number} of a very long name indeed" for number in range(40)]
    many = confirmation(0.013, 0.004, 0.022, harmed_classes=dict.fromkeys(names, fall))
    told = reason(trials, trials[1], many)
    assert "and 35 classes more" in told
    assert len(told) <= Decision._meta.get_field("reason").max_length


def test_a_worse_pair_is_told_with_the_images_that_it_lost() -> None:
    trials = [trial(0, 0.79), trial(0.5, 0.80)]
    worse = confirmation(0.013, 0.004, 0.022, pair=(80, 140, 0.0001), pair_is_worse=True)
    told = reason(trials, trials[1], worse)
    assert "140 images lost, 80 won. The mix stays at ratio 0." in told
    assert len(told) <= Decision._meta.get_field("reason").max_length
    assert worse.figures()["pair"] == {"won": 80, "lost": 140, "p": 0.0001, "is_worse": True}


def test_a_ratio_dropped_after_few_seeds_is_not_shown_as_the_best() -> None:
    lucky = replace(trial(0.5, 0.85), per_seed=[0.85] * 2)
    told = reason([trial(0, 0.80), lucky, trial(1, 0.79)], trial(0, 0.80), None)
    assert "ratio 1 reached 79.0%" in told


def test_a_round_without_usable_synthetic_images_says_so() -> None:
    only = trial(0, 0.79)
    assert "too few were found right" in reason([only], only, None)
