"""Shares with their 95% intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z_95 = 1.959964
DEPTHS = 5


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; with the interval in which the true share lies 95 times of 100."""

    count: int
    of: int

    def __add__(self, other: Share) -> Share:
        return Share(self.count + other.count, self.of + other.of)

    @property
    def value(self) -> float | None:
        """The share, in [0, 1]; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def depth(self) -> int:
        """How deep a table draws it: 1 to `DEPTHS`; 0 of nothing."""
        return -(-self.count * DEPTHS // self.of) if self.of else 0

    @property
    def low(self) -> float:
        """The lower bound (Wilson 1927); 0 of nothing."""
        return max(0.0, self._centre - self._spread)

    @property
    def high(self) -> float:
        """The upper bound (Wilson 1927); 1 of nothing."""
        return min(1.0, self._centre + self._spread)

    @property
    def _centre(self) -> float:
        return (self.count + Z_95**2 / 2) / (self.of + Z_95**2)

    @property
    def _spread(self) -> float:
        rest = self.count * (self.of - self.count) / self.of if self.of else 0.0
        return Z_95 * math.sqrt(rest + Z_95**2 / 4) / (self.of + Z_95**2)
