"""One way to write a value as JSON, so that equal reports are equal files."""

from __future__ import annotations

import json
import math
from typing import Any

DECIMALS = 6
"""Of every number; more would say nothing of shares of images."""


def canonical(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys, two spaces of indent, and numbers of six decimals at most.

    Raises ValueError for a number that is none.
    """
    text = json.dumps(
        _rounded(value), sort_keys=True, ensure_ascii=False, allow_nan=False, indent=2
    )
    return f"{text}\n".encode()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        # Without negative zero, and whole numbers alike whether they were floats or not.
        return int(value) if math.isfinite(value) and value.is_integer() else _short(value)
    if isinstance(value, dict):
        return {str(name): _rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return value


def _short(value: float) -> float | int:
    short = round(value, DECIMALS)
    return int(short) if math.isfinite(short) and short.is_integer() else short
