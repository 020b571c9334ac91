"""`bench choosing`: how long a strategy takes to choose what people are asked about."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ml_engine.studies.choosing import Cost


def size_list(text: str) -> list[int]:
    """Numbers of images, a comma between them."""
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} are no sizes; write such as 10000,100000.")
    return sizes


SIZES = (10_000, 100_000)
OPTIONS: dict[str, dict[str, Any]] = {
    "sizes": {"type": size_list, "default": SIZES, "metavar": "A,B", "help": "images in the pool"},
    "count": {"type": int, "default": 100, "metavar": "N", "help": "images to choose"},
    "peer_limit": {
        "type": float, "default": 120.0, "metavar": "SECONDS",
        "help": "scikit-activeml, if installed, gets so long for a choice; 0: leave it out",
    },
}  # fmt: skip


def choosing(
    say: Callable[[str], None],
    *,
    sizes: Sequence[int] = SIZES,
    count: int = 100,
    peer_limit: float = 120.0,
) -> Mapping[str, float]:
    """Seconds and memory that each strategy takes to choose, beside scikit-activeml.

    `peer_ratio` is scikit-activeml's time of one core ÷ ours.
    """
    from ml_engine.choosing import CHOOSERS
    from ml_engine.studies.choosing import NotMeasuredError, cost, peer_cost
    from ml_engine.studies.choosing_peers import PEERS, has_peer

    compared = peer_limit > 0 and has_peer()
    if not compared:
        say("scikit-activeml is not measured; pip install scikit-activeml==1.0.1 to compare.")
    figures: dict[str, float] = {}
    for size in sizes:
        for strategy in CHOOSERS:
            found = cost(strategy, size, count)
            figures[f"choose_s.{strategy}.{size}"] = found.seconds
            figures[f"choose_cpu_s.{strategy}.{size}"] = found.cpu_seconds
            figures[f"choose_peak_mb.{strategy}.{size}"] = found.peak_mb
            say(f"{strategy}, {size:,} images: {_shown(found)}")
            if not compared or strategy not in PEERS:
                continue
            try:
                peer = peer_cost(strategy, size, count, limit_s=peer_limit)
            except NotMeasuredError as error:
                say(f"  scikit-activeml: {error}")
                continue
            figures[f"peer_s.{strategy}.{size}"] = peer.seconds
            figures[f"peer_cpu_s.{strategy}.{size}"] = peer.cpu_seconds
            figures[f"peer_peak_mb.{strategy}.{size}"] = peer.peak_mb
            ratio = peer.cpu_seconds / found.cpu_seconds
            figures[f"peer_ratio.{strategy}.{size}"] = ratio
            say(f"  scikit-activeml: {_shown(peer)}")
    return figures


def _shown(cost: Cost) -> str:
    return f"{cost.seconds:.2f} s ({cost.cpu_seconds:.2f} s of a core), {cost.peak_mb:,.0f} MB"
