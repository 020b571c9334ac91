"""Strategies that choose which images of a pool people are asked about, a batch at a time.

Each is a function of a `Pool` and how many to choose: it returns indices, those that matter most
first, and the same ones for the same seed. Features are looked at in blocks, in float32.
"""

from ml_engine.choosing.pool import Pool
from ml_engine.choosing.registry import CHOOSERS, choose

__all__ = ["CHOOSERS", "Pool", "choose"]
