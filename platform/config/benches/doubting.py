"""`bench doubting`: how much junk is kept from being asked about, and how much that belongs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from config.benches.studied import garments, pictures
from config.demo.datasets import digits

OPTIONS: dict[str, dict[str, Any]] = {
    "seeds": {"type": int, "default": 3, "metavar": "N", "help": "each draws everything anew"},
    "share": {
        "type": float, "default": 0.02, "metavar": "S",
        "help": "of images that belong, so many may be doubted (a loop's guard_share)",
    },
}  # fmt: skip


def doubting(
    say: Callable[[str], None], *, seeds: int = 3, share: float = 0.02
) -> Mapping[str, float]:
    """Shares of planted junk, and of what belongs, that are doubted on Fashion-MNIST.

    With 300 annotated images, 5% of them wrongly, and 1,000 of guidance.
    """
    from ml_engine.studies.doubting import doubting as study

    dataset = garments()
    images = pictures(dataset.train, dataset.size)
    others = pictures(digits().train, dataset.size)
    found = []
    with tempfile.TemporaryDirectory(prefix="assay-doubting-") as scratch:
        for seed in range(seeds):
            folder = Path(scratch) / str(seed)
            class_count = len(dataset.classes)
            one = study(images, others, folder, class_count=class_count, share=share, seed=seed)
            say(f"seed {seed}: {one}")
            found.append(one)
    return {
        "false_outliers": fmean(one.false_outliers for one in found),
        **{
            f"outliers.{kind}": fmean(one.outliers[kind] for one in found)
            for kind in found[0].outliers
        },
        "wrong_found": fmean(one.wrong_found for one in found),
        "wrong_share": fmean(one.wrong_share for one in found),
    }
