"""A running site that tests watch and hurt."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from config.benches.site import TemporarySite

T = TypeVar("T")
logging.getLogger("httpx").setLevel(logging.WARNING)


def wait_until(found: Callable[[], T], seconds: float, what: str) -> T:
    """What `found` returns once that is true; an AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, f"{what} did not come about in {seconds:g} s"
        time.sleep(0.1)
    return result


class RunningSite(TemporarySite):
    """Real processes on a home of their own, and the means to kill them."""

    def client(self, **options: Any) -> httpx.Client:
        """Requests to the API as the administrator."""
        return httpx.Client(
            base_url=f"{self.address}/api/v1/",
            headers={"Authorization": f"Token {self.token()}"},
            timeout=15,
            **options,
        )

    def kill(self, words: str) -> list[int]:
        """`kill -9` all such processes at once; returns their numbers."""
        victims = self.processes(words)
        assert victims, f"no process with {words!r} runs: {self.output}"
        for victim in victims:
            victim.kill()
        return [victim.pid for victim in victims]
