"""In which order a batch is looked at."""

from __future__ import annotations

import random
from collections import Counter

from apps.review.batches.drawing import in_turn, interleaved


def drawn(sizes: dict[str, int], seed: int) -> list[str]:
    """The class of each image, in the order of the draw."""
    chance = random.Random(seed)
    strata = {name: [(name, number) for number in range(size)] for name, size in sizes.items()}
    return [name for name, _ in interleaved(strata, lambda _: chance.random(), chance.random())]


def test_every_beginning_holds_of_each_class_its_share() -> None:
    sizes = {"boot": 60, "coat": 30, "shirt": 10}
    for seed in range(20):
        order = drawn(sizes, seed)
        assert Counter(order) == sizes
        for length in range(1, 101):
            begun = Counter(order[:length])
            for name, size in sizes.items():
                assert abs(begun[name] - length * size / 100) <= 2


def test_the_first_looks_favour_no_class() -> None:
    """Over many draws each falls on each class about as often as the batch has it."""
    orders = [drawn({"boot": 60, "coat": 30, "shirt": 10}, seed) for seed in range(3000)]
    for place in (0, 1, 7):
        seen = Counter(order[place] for order in orders)
        assert abs(seen["boot"] / 3000 - 0.6) < 0.04
        assert abs(seen["shirt"] / 3000 - 0.1) < 0.025


def test_inside_a_class_the_given_order_holds_from_wherever_it_begins() -> None:
    assert interleaved({"boot": [3, 1, 2]}, lambda _: 0.5, 0) == [3, 1, 2]
    assert interleaved({"boot": [3, 1, 2]}, lambda _: 0.5, 0.5) == [1, 2, 3]


def test_looks_are_taken_in_turn_and_what_is_beyond_a_class_s_share_waits() -> None:
    slots = ["boot", "coat", "boot", "coat", "boot"]
    looks = {"boot": ["b1", "b2", "b3"], "coat": ["c1"]}
    assert list(in_turn(slots, looks)) == ["b1", "c1", "b2"]
    assert list(in_turn(slots, {**looks, "coat": ["c1", "c2"]})) == ["b1", "c1", "b2", "c2", "b3"]
    assert list(in_turn(slots, {"coat": ["c1"]})) == []
