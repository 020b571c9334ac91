"""What is measured: a bench is a function that returns figures by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from config.benches.ingest import ingest
from config.benches.reserve import reserve
from config.benches.start import start

Say = Callable[[str], None]
Bench = Callable[[Say], Mapping[str, float]]

BENCHES: dict[str, Bench] = {"start": start, "reserve": reserve, "ingest": ingest}
"""By the name that `./manage.py bench` takes. Times are in seconds (`_s`) or milliseconds (`_ms`),
memory in megabytes of a million bytes (`_mb`), rates in images a second (`_per_s`); what a figure
depends on stands behind a dot."""
