"""The order in which a batch is looked at: stratified by class, and random inside each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

Stratum = TypeVar("Stratum", bound=Hashable)
Item = TypeVar("Item")


def interleaved(
    strata: Mapping[Stratum, Sequence[Item]], jitter: Callable[[Item], float], start: float
) -> list[Item]:
    """One order of all items in which every beginning holds of each stratum about its share.

    So a batch's mixture of classes does not add to chance. Each stratum's items are spread evenly
    over a circle in their own order, but for a random number in [0, 1) that `jitter` gives each;
    the order begins anywhere on the circle: at the share `start` of it, in [0, 1). Where all of
    these and the strata's orders are drawn at random, each look, the first too, falls on every
    item with the same probability.
    """
    placed = [
        ((number + jitter(item)) / len(items), item)
        for items in strata.values()
        for number, item in enumerate(items)
    ]
    circle = [item for _, item in sorted(placed, key=lambda pair: pair[0])]
    first = int(start * len(circle))
    return circle[first:] + circle[:first]


def in_turn(slots: Iterable[Stratum], looks: Mapping[Stratum, Sequence[Item]]) -> Iterator[Item]:
    """Looks in the order of the draw, whatever order people gave them in.

    `slots` names the stratum whose turn it is, and each takes the next look of its stratum, for
    inside one every order is as random as every other. It ends where a stratum's next look has
    not been given yet: of a class that people looked at more than its share, what is beyond the
    share waits for the others.
    """
    used = Counter[Stratum]()
    for stratum in slots:
        mine = looks.get(stratum, ())
        if used[stratum] == len(mine):
            return
        yield mine[used[stratum]]
        used[stratum] += 1
