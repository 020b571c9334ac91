"""A whole Assay, run by `./manage.py up` on a home and a port of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
from django.conf import settings

from config import home as places

LINK = re.compile(r"(http://\S+/sign-in/link/\S+)")
OF_THE_OUTSIDE = (
    "ALLOWED_HOSTS", "ASSAY_ADMIN_PASSWORD", "DATABASE_POOL", "DATABASE_URL", "DEBUG", "SECRET_KEY",
    "VALKEY_URL",
)  # fmt: skip
"""Settings that this site must not inherit."""


class TemporarySite:
    """Starts and stops `./manage.py up`; as a context manager it removes all that it wrote.

    What is given by name are further settings of its environment.
    """

    def __init__(self, **settings_by_name: str) -> None:
        self._settings = settings_by_name
        self.home = Path(tempfile.mkdtemp(prefix="assay-site-"))
        self.home.chmod(0o711)  # else root's database would lie elsewhere
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        self.up: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    @property
    def environment(self) -> dict[str, str]:
        """What `up` and other commands on this home are run with."""
        kept = {name: value for name, value in os.environ.items() if name not in OF_THE_OUTSIDE}
        return {**kept, "ASSAY_HOME": str(self.home), "PORT": str(self.port), **self._settings}

    @property
    def output(self) -> str:
        """All that `up` has said since it was started."""
        return "".join(self.lines)

    @property
    def is_running(self) -> bool:
        """Whether `up` runs."""
        return self.up is not None and self.up.poll() is None

    def start(self, seconds: float = 60) -> float:
        """Run `up` until it says that the site answers; returns after how many seconds it did.

        Raises RuntimeError with what it said where that takes too long or it ends.
        """
        began = time.monotonic()
        self.lines.clear()
        self.up = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=settings.ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self.up,), daemon=True).start()
        while not LINK.search(self.output):
            if not self.is_running or time.monotonic() - began > seconds:
                raise RuntimeError(f"The site did not start: {self.output}")
            time.sleep(0.02)
        return time.monotonic() - began

    def _read(self, up: subprocess.Popen[str]) -> None:
        # Line by line as they come, for those who wait for one.
        for line in up.stdout or ():
            self.lines.append(line)

    @property
    def link(self) -> str:
        """The sign-in link that was printed."""
        found = LINK.search(self.output)
        return found[1] if found else ""

    def stop(self, how: signal.Signals = signal.SIGINT, seconds: float = 30) -> float:
        """Stop `up` as a person would; returns how many seconds it took."""
        began = time.monotonic()
        if self.up is not None:
            if self.is_running:
                self.up.send_signal(how)
            self.up.wait(seconds)
        return time.monotonic() - began

    def remove(self) -> None:
        """Stop everything and delete what it wrote."""
        self.stop()
        for process in self.processes(""):
            process.kill()
        for folder in places.folders(self.home):
            shutil.rmtree(folder, ignore_errors=True)

    def manage(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run another management command on the same home."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def python(self, code: str, seconds: float = 60) -> Any:
        """What `result` is after this code ran inside Assay, by way of JSON."""
        program = f"{code}\nimport json; print(json.dumps(result))"
        ran = self.manage("shell", "--no-imports", "--command", program, seconds=seconds)
        if ran.returncode:
            raise RuntimeError(ran.stderr)
        return json.loads(ran.stdout.strip().splitlines()[-1])

    def token(self) -> str:
        """A new API token of the administrator's."""
        return self.manage("token", "admin", "--create").stdout.split()[-1]

    def request(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """One request on a connection of its own; its status and body."""
        return http_request(("127.0.0.1", self.port), method, path, body, headers or {})

    def processes(self, words: str) -> list[psutil.Process]:
        """The living processes of this home whose command line has `words` in it."""
        return [process for process in psutil.process_iter() if self._is_mine(process, words)]

    def _is_mine(self, process: psutil.Process, words: str) -> bool:
        try:
            command, home = " ".join(process.cmdline()), str(self.home)
            mine = home in command or process.environ().get("ASSAY_HOME") == home
            return mine and words in command and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def http_request(
    where: tuple[str, int], method: str, path: str, body: object, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    """One request on a connection of its own, its body as JSON; its status and answer."""
    connection = HTTPConnection(*where, timeout=120)
    text = None if body is None else json.dumps(body)
    try:
        connection.request(method, path, text, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])
