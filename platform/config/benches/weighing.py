"""How much memory each process of a site takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from config.benches.site import TemporarySite
from config.benches.start import peak_bytes

LOOK_EVERY = 0.2
"""Seconds."""
OTHERS = "others"
ROLES = {
    "web": "config.web",
    "worker": "--queues cpu",
    "torch_worker": "--queues gpu",
    "conductor": "conductor",
    "database": "postgres",
    "broker": "valkey",
    "up": "manage.py up",
}
"""What a process is, by words of its command line. The worker of networks has no part in exports;
it counts all the same, for it runs beside them."""


@contextmanager
def peaks(site: TemporarySite) -> Iterator[dict[str, int]]:
    """By role, the most that one process of the site has held in bytes, once the block has ended.

    Pages that processes share, such as the database's buffers, are counted in each of them.
    """
    most = dict.fromkeys([*ROLES, OTHERS], 0)
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY):
            for process in _all_of(site):
                role, held = _weighed(process)
                most[role] = max(most[role], held)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _all_of(site: TemporarySite) -> list[psutil.Process]:
    """The site's processes, and the database's own, which hide what they were started with."""
    own = site.processes("")
    with suppress(psutil.Error):
        return own + [
            child for one in site.processes(ROLES["database"]) for child in one.children()
        ]
    return own


def _weighed(process: psutil.Process) -> tuple[str, int]:
    """A process's role and peak; nothing of one that has just ended."""
    try:
        command = " ".join(process.cmdline())
        role = next((role for role, words in ROLES.items() if words in command), OTHERS)
        return role, peak_bytes(process)
    except (OSError, psutil.Error):
        return OTHERS, 0
