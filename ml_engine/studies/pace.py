"""How fast a training goes, from what it tells while it runs."""

from __future__ import annotations

import time

from ml_engine.config import EngineEvent
from ml_engine.devices import pick_device


def seconds() -> float:
    """What the work took until now: of the cores, so that nothing else on the machine counts.

    A core that waits for a GPU does not work, so there the clock counts.
    """
    return time.process_time() if pick_device().type == "cpu" else time.perf_counter()


class Pace:
    """An `on_event` that times the steps of a training, and keeps its alarms."""

    def __init__(self) -> None:
        self._moments: list[tuple[int, float]] = []
        self.alarms: list[str] = []

    def __call__(self, event: EngineEvent) -> None:
        if event.kind == "curve":
            self._moments.append((event.step, seconds()))
        if event.kind == "alarm":
            self.alarms.append(event.message)

    @property
    def steps_per_s(self) -> float:
        """Between the first and the last step that it heard of; the first one warms up.

        0 where it heard of fewer than two.
        """
        if len(self._moments) < 2:
            return 0.0
        (first, began), (last, ended) = self._moments[0], self._moments[-1]
        return (last - first) / (ended - began)
