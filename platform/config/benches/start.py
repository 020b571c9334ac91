"""`bench start`: how long a start takes, and what the web process weighs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from config.benches.site import TemporarySite

SECOND_STARTS = 3
REQUESTS = 200
PATHS = (
    "/", "/projects/demo/", "/projects/demo/images/", "/projects/demo/review/",
    "/projects/demo/models/", "/projects/demo/jobs/", "/api/v1/projects/demo/images/",
    "/api/v1/projects/demo/rounds/",
)  # fmt: skip
MEGABYTE = 1_000_000


def start(say: Callable[[str], None]) -> Mapping[str, float]:
    """The first start makes the database; the figure that people feel is the second's."""
    with TemporarySite() as site:
        first = site.start()
        stops, seconds = [], []
        for _ in range(SECOND_STARTS):
            stops.append(site.stop())
            seconds.append(site.start())
        say("The small demo is loaded …")
        site.manage("demo", "--small", seconds=300)
        headers = {"Cookie": f"sessionid={_session(site)}"}
        refused = [
            f"{path}: {status}"
            for number in range(REQUESTS)
            for path in [PATHS[number % len(PATHS)]]
            for status, _ in [site.request("GET", path, headers=headers)]
            if status != 200  # noqa: PLR2004 — HTTP's OK
        ]
        if refused:
            raise RuntimeError(f"{len(refused)} requests were not answered: {refused[0]}")
        (web,) = site.processes("config.web")
        return {
            "start_s": sorted(seconds)[len(seconds) // 2],
            "start_first_s": first,
            "stop_s": max(stops),
            "web_mb": web.memory_info().rss / MEGABYTE,
            "web_peak_mb": peak_bytes(web) / MEGABYTE,
        }


def _session(site: TemporarySite) -> str:
    """A session of the administrator's, made without the pages."""
    return str(
        site.python(
            "from django.contrib.auth import login\n"
            "from django.contrib.sessions.backends.db import SessionStore\n"
            "from django.http import HttpRequest\n"
            "from apps.accounts.models import User\n"
            "request = HttpRequest(); request.session = SessionStore()\n"
            "login(request, User.objects.get(username='admin'))\n"
            "request.session.save(); result = request.session.session_key"
        )
    )


def peak_bytes(process: psutil.Process) -> int:
    """The most memory that a process has held so far; what it holds now where that is not told."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)
