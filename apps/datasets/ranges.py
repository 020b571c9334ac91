"""HTTP ranges (RFC 9110, section 14): which part of a file a request asks for."""

from __future__ import annotations

import re

ONE_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.ASCII | re.IGNORECASE)


class NotSatisfiableError(ValueError):
    """A range beyond the end of the file."""


def range_read(header: str, size: int) -> range | None:
    """The bytes that a `Range` header asks for of a file of that size; None: all of it.

    Several ranges at once, other units and what cannot be read are answered with the
    whole, as the standard allows. Raises `NotSatisfiableError`.
    """
    asked = ONE_RANGE.fullmatch(header)
    if asked is None:
        return None
    first, last = asked.groups()
    if not first and not last:
        return None
    if not first:
        if int(last) == 0 or size == 0:
            raise NotSatisfiableError
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise NotSatisfiableError
    return range(int(first), min(int(last) + 1, size) if last else size)
