"""Classes in balance: a batch that levels what is annotated of each."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np

from ml_engine.choosing.pool import Indices, Pool


def balanced(choose: Callable[[Pool, int], Indices], pool: Pool, count: int) -> Indices:
    """What `choose` chooses among the images of each predicted class, these in turn.

    The next turn is the class's with the fewest annotated and chosen images: the greedy form of
    the balance that Bengar et al. 2022, "Class-Balanced Active Learning for Image Classification",
    §3.2, ask of a batch. A class that is never predicted gets no turn.
    """
    predicted = pool.probabilities.argmax(axis=1)
    turns = turns_of_classes(
        np.bincount(pool.annotated_classes, minlength=pool.class_count),
        np.bincount(predicted, minlength=pool.class_count),
        count,
    )
    chosen = np.zeros(len(turns), np.int64)
    for each in np.unique(turns):
        own = np.flatnonzero(predicted == each)
        places = np.flatnonzero(turns == each)
        chosen[places] = own[choose(pool.only(own), len(places))]
    return chosen


def turns_of_classes(annotated: Indices, available: Indices, count: int) -> Indices:
    """Whose turn it is, at most `count` times: of classes with images left the least annotated.

    Of equal ones that of the first position.
    """
    left = available.copy()
    queue = [(int(annotated[each]), each) for each in range(len(left)) if left[each]]
    heapq.heapify(queue)
    turns: list[int] = []
    while queue and len(turns) < count:
        size, each = heapq.heappop(queue)
        turns.append(each)
        left[each] -= 1
        if left[each]:
            heapq.heappush(queue, (size + 1, each))
    return np.array(turns, np.int64)
