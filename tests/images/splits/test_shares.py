"""How many images each split should have, and which groups it takes."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from apps.images.models import SplitPolicy
from apps.images.splits.shares import Group, parting, split_by_place, targets


def policy(test: float, select: float, guidance: float, least: int = 20) -> SplitPolicy:
    return SplitPolicy(
        test_share=test, select_share=select, guidance_share=guidance, least_per_class=least
    )


def test_a_large_class_is_parted_by_its_shares() -> None:
    assert targets(policy(0.2, 0.1, 0.1), 1000) == {"test": 200, "select": 100, "guidance": 100}


def test_a_small_class_measures_first_and_guidance_gives_way() -> None:
    assert targets(policy(0.15, 0.15, 0.1), 60) == {"test": 15, "select": 15, "guidance": 0}


@pytest.mark.parametrize(("count", "least"), [(0, 0), (1, 0), (3, 0), (4, 1), (40, 10), (80, 20)])
def test_the_least_number_leaves_half_of_a_class_to_train(count: int, least: int) -> None:
    assert targets(policy(0.0, 0.0, 0.0), count) == {
        "test": least,
        "select": least,
        "guidance": 0,
    }


def test_whatever_the_policy_a_fifth_is_trained_on() -> None:
    draws = random.Random(5)
    for _ in range(2000):
        shares = [draws.choice([0, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5]) for _ in range(3)]
        if sum(shares) > 0.8:
            continue
        count = draws.randrange(0, 300)
        wanted = targets(policy(*shares, least=draws.choice([0, 5, 50])), count)
        # Three roundings may each take half an image more.
        assert count - sum(wanted.values()) >= 0.2 * count - 1.5
        assert all(number >= 0 for number in wanted.values())


def test_no_group_is_torn_and_one_that_is_too_large_is_trained_on() -> None:
    groups = [Group("large", 0, range(9)), Group("pair", 0, range(2)), Group("one", 0, range(1))]
    parted = {group.key: split for group, split in parting(groups, {0: {"test": 2, "select": 1}})}
    assert parted == {"pair": "test", "one": "select"}


def test_classes_do_not_take_from_each_other() -> None:
    groups = [Group(str(number), number % 2, range(1)) for number in range(20)]
    parted = Counter(
        (group.position, split)
        for group, split in parting(groups, {0: {"test": 2}, 1: {"guidance": 3}})
    )
    assert parted == {(0, "test"): 2, (1, "guidance"): 3}


def test_a_place_alone_tells_a_split() -> None:
    shares = policy(0.2, 0.1, 0.1)
    places = [0.0, 0.19, 0.2, 0.29, 0.31, 0.39, 0.41, 0.99]
    assert [split_by_place(shares, place) for place in places] == [
        "test", "test", "select", "select", "guidance", "guidance", "train", "train",
    ]  # fmt: skip
