"""Writes made together."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.images.gathering import MOST_TOGETHER, Gathering

SECONDS = 20
"""More than any of this takes."""


class Slow:
    """Writes its first group when it is told to; refuses what is negative."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        self.begun.set()
        assert self.go_on.wait(SECONDS)
        if min(items) < 0:
            raise ValueError(items)
        return [item * 10 for item in items]


def wait_for(gathering: Gathering[int, int], count: int) -> None:
    until = time.monotonic() + SECONDS
    while len(gathering._waiting["key"]) < count:
        assert time.monotonic() < until
        time.sleep(0.001)


def written(slow: Slow, items: Sequence[int]) -> list[int | ValueError]:
    """What each of them gives, where the others come while the first one is written."""
    gathering = Gathering(slow)
    with ThreadPoolExecutor(len(items)) as pool:
        first = pool.submit(gathering.write, "key", items[0])
        assert slow.begun.wait(SECONDS)
        others = [pool.submit(gathering.write, "key", item) for item in items[1:]]
        wait_for(gathering, len(others))
        slow.go_on.set()
        results: list[int | ValueError] = []
        for future in [first, *others]:
            error = future.exception(SECONDS)
            assert error is None or isinstance(error, ValueError)
            results.append(future.result() if error is None else error)
    assert gathering._waiting == {}
    return results


def test_what_comes_while_another_is_written_is_written_together() -> None:
    slow = Slow()
    assert written(slow, [1, 2, 3, 4]) == [10, 20, 30, 40]
    assert slow.groups[0] == [1]
    assert sorted(slow.groups[1]) == [2, 3, 4]


def test_only_so_many_are_written_together() -> None:
    slow = Slow()
    count = MOST_TOGETHER + 5
    assert written(slow, range(count)) == [10 * item for item in range(count)]
    assert max(map(len, slow.groups)) == MOST_TOGETHER + 1


def test_one_that_fails_fails_alone() -> None:
    one, *others = written(Slow(), [1, -2, 3, 4])
    assert one == 10
    assert isinstance(others[0], ValueError)
    assert others[1:] == [30, 40]


def test_other_keys_do_not_wait() -> None:
    slow = Slow()
    gathering = Gathering(lambda items: slow(items) if 1 in items else list(items))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(gathering.write, "key", 1)
        assert slow.begun.wait(SECONDS)
        assert gathering.write("other", 2) == 2
        slow.go_on.set()
        assert waiting.result(SECONDS) == 10


def test_an_error_is_the_writers_own() -> None:
    slow = Slow()
    slow.go_on.set()
    with pytest.raises(ValueError, match="-1"):
        Gathering(slow).write("key", -1)
