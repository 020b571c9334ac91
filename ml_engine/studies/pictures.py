"""What the studies learn from and are tested on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Pictures:
    """Annotated pictures of one shape."""

    images: NDArray[np.uint8]
    """(N, C, S, S)"""
    classes: NDArray[np.int64]
    """(N,)"""
