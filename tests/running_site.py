"""A running site that tests watch and hurt."""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
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
    """Real processes on a home of their own, and the means to kill them.

    Its first start is a second one: it begins with a copy of a home that was started and stopped
    before, because making the database takes most of the time. With `new`, it really is the first.
    """

    def __init__(self, *, new: bool = False, **settings_by_name: str) -> None:
        super().__init__(**settings_by_name)
        if not new:
            _copy(_started_once(), self.home)

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


def _started_once() -> Path:
    """A home that was started and stopped, made by whichever test process wants it first."""
    tests_home = Path(os.environ["ASSAY_TEST_HOME"])
    kept = tests_home / "started-once"
    with (tests_home / "started-once.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with TemporarySite() as site:
                site.start()
                site.stop()
                scratch = kept.with_suffix(".part")
                scratch.mkdir(mode=0o711)
                _copy(site.home, scratch)
                scratch.rename(kept)
    return kept


def _copy(home: Path, to: Path) -> None:
    # Not by shutil: files keep their owners, as root's database belongs to another user.
    subprocess.run(["cp", "-a", f"{home}/.", str(to)], check=True)
