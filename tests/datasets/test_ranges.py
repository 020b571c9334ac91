"""Which part of a file a `Range` header asks for."""

from __future__ import annotations

import pytest

from apps.datasets.ranges import NotSatisfiableError, range_read


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=10-19", range(10, 20)),
        ("bytes=90-", range(90, 100)),
        ("bytes=-10", range(90, 100)),
        ("bytes=-1000", range(100)),
        ("bytes=50-1000", range(50, 100)),
        ("Bytes = 1 - 2", range(1, 3)),
        # What the standard lets a server answer with the whole.
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("", None),
        ("bytes=\u0661-\u0662", None),  # digits, but not of the standard
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(header: str, expected: range | None) -> None:
    assert range_read(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_end_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(NotSatisfiableError):
        range_read(header, 100)


def test_an_empty_file_has_no_range() -> None:
    with pytest.raises(NotSatisfiableError):
        range_read("bytes=-1", 0)
