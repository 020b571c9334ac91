"""Several things at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from apps.images.parallel import BYTES_AHEAD, Room, in_order

SECONDS = 20
"""More than any of this takes."""


def test_results_come_in_the_order_of_their_items() -> None:
    another_is_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert another_is_done.wait(SECONDS)
        another_is_done.set()
        return item * 10

    assert list(in_order(work, range(50), workers=2)) == [item * 10 for item in range(50)]


@pytest.mark.parametrize("items", [[], [7]])
def test_one_item_or_none_needs_no_thread(items: list[int]) -> None:
    names = list(in_order(lambda _: threading.current_thread().name, items))
    assert names == [threading.current_thread().name] * len(items)


@pytest.mark.parametrize(("weight", "most"), [(0, 6), (BYTES_AHEAD // 2, 2)])
def test_few_items_are_taken_ahead_of_the_results(weight: int, most: int) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(100):
            taken += 1
            yield item

    results = in_order(lambda item: item, items(), lambda _: weight, workers=3)
    for told, _ in enumerate(results):
        assert taken <= told + most + 1


def test_an_error_in_one_reaches_the_caller() -> None:
    def work(item: int) -> int:
        if item == 3:
            raise MemoryError
        return item

    with pytest.raises(MemoryError):
        list(in_order(work, range(10)))


def test_who_asks_for_more_than_is_left_waits() -> None:
    room = Room(10)
    entered = threading.Event()

    def large() -> None:
        with room.take(1_000):
            entered.set()

    waiting = threading.Thread(target=large)
    with room.take(1):
        waiting.start()
        assert not entered.wait(0.05)
    assert entered.wait(SECONDS)
    waiting.join()
    with room.take(10):
        pass
