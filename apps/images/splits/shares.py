"""How many images of a class each split should have, and which groups of them it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from apps.images.models import Image, SplitPolicy

Split = Image.Split
HELD_OUT = (Split.TEST, Split.SELECT, Split.GUIDANCE)
"""What is not trained on, in the order in which images are given out."""
MEASURING = (Split.TEST, Split.SELECT)
"""Of these each class gets a least number."""
LEAST_IS_OF = 4
"""A least number takes at most one image in so many for each of the two: half is trained on."""


Member = TypeVar("Member")


@dataclass(frozen=True, slots=True)
class Group(Generic[Member]):
    """Near-duplicates, which go together; most images are a group of their own."""

    key: str
    position: int
    """Of their class; where people saw several, of the first."""
    members: Sequence[Member]


def least_of(policy: SplitPolicy, count: int) -> int:
    """The least number for select, and for test, of a class that has `count` images.

    What the policy asks for, as far as half of the class stays in train.
    """
    return min(policy.least_per_class, count // LEAST_IS_OF)


def targets(policy: SplitPolicy, count: int) -> dict[str, int]:
    """How many of a class's `count` images each held-out split should have.

    Test and select get their share or the least number, whichever is more. Where the least
    number makes them larger, guidance gives way as far as train would fall below half.
    """
    least = least_of(policy, count)
    test = max(round(policy.test_share * count), least)
    select = max(round(policy.select_share * count), least)
    guidance = round(policy.guidance_share * count)
    by_shares = round((policy.test_share + policy.select_share + policy.guidance_share) * count)
    room = max(count // 2, by_shares) - test - select
    return {
        Split.TEST: test,
        Split.SELECT: select,
        Split.GUIDANCE: max(0, min(guidance, room)),
    }


def parting(
    groups: Iterable[Group[Member]], wanted: Mapping[int, Mapping[str, int]]
) -> Iterator[tuple[Group[Member], str]]:
    """The groups that are to be held out, each with its split; the others are trained on.

    `wanted` are images by class position and split. Groups are taken in the order given until
    no class wants more. None is torn, and one that is larger than what every split of its class
    still wants is left to train.
    """
    left = Counter(
        {
            (position, split): count
            for position, splits in wanted.items()
            for split, count in splits.items()
            if count > 0
        }
    )
    still = left.total()
    for group in groups:
        if not still:
            return
        size = len(group.members)
        for split in HELD_OUT:
            if size <= left[group.position, split]:
                left[group.position, split] -= size
                still -= size
                yield group, split
                break


def split_by_place(policy: SplitPolicy, place: float) -> str:
    """The split of a group by its place in [0, 1) alone, so whatever else comes in."""
    end = 0.0
    for split, share in shares_of(policy).items():
        end += share
        if place < end:
            return split
    return Split.TRAIN


def shares_of(policy: SplitPolicy) -> dict[str, float]:
    """The share of each held-out split, in the order in which they are given out."""
    return {
        Split.TEST: policy.test_share,
        Split.SELECT: policy.select_share,
        Split.GUIDANCE: policy.guidance_share,
    }
