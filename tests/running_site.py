"""A whole Assay, run by `./manage.py up` as real processes on a home and a port of its own."""

from __future__ import annotations

import json
import logging
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
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from config import home as places

T = TypeVar("T")
logging.getLogger("httpx").setLevel(logging.WARNING)
ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(http://\S+/sign-in/link/\S+)")
SETTINGS = ("DATABASE_URL", "VALKEY_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "DATABASE_POOL")


def free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


def wait_until(found: Callable[[], T], seconds: float, what: str) -> T:
    """What `found` returns once that is true; an AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, f"{what} did not come about in {seconds:g} s"
        time.sleep(0.1)
    return result


class RunningSite:
    """Starts, watches, hurts and stops `./manage.py up`."""

    def __init__(self, home: Path | None = None) -> None:
        self.home = home or Path(tempfile.mkdtemp(prefix="assay-site-"))
        self.home.chmod(0o755)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        self.up: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        return {**kept, "ASSAY_HOME": str(self.home), "PORT": str(self.port)}

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def start(self, *arguments: str, seconds: float = 60) -> RunningSite:
        """Run `up` and wait until it says that the site answers."""
        self.launch(*arguments)
        wait_until(lambda: LINK.search(self.output) or self._ended(), seconds, "the site")
        assert LINK.search(self.output), self.output
        return self

    def launch(self, *arguments: str) -> None:
        """Run `up` without waiting."""
        self.lines.clear()
        self.up = subprocess.Popen(
            [sys.executable, "manage.py", "up", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self.up,), daemon=True).start()

    def _read(self, up: subprocess.Popen[str]) -> None:
        assert up.stdout is not None
        self.lines.extend(up.stdout)

    def _ended(self) -> bool:
        return self.up is None or self.up.poll() is not None

    @property
    def link(self) -> str:
        """The sign-in link that was printed."""
        found = LINK.search(self.output)
        assert found, self.output
        return found[1]

    def stop(self, how: signal.Signals = signal.SIGINT, seconds: float = 30) -> float:
        """Stop `up` as a person would; returns how long it took."""
        began = time.monotonic()
        if self.up is not None:
            if self.up.poll() is None:
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
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def python(self, code: str) -> Any:
        """What `result` is after this code ran inside Assay, as JSON."""
        ran = self.manage(
            "shell", "--no-imports", "--command", f"{code}\nimport json; print(json.dumps(result))"
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout.strip().splitlines()[-1])

    def client(self, **options: Any) -> httpx.Client:
        """Requests to the API as the administrator."""
        token = self.manage("token", "admin", "--create").stdout.split()[-1]
        return httpx.Client(
            base_url=f"{self.address}/api/v1/",
            headers={"Authorization": f"Token {token}"},
            timeout=15,
            **options,
        )

    def processes(self, words: str) -> list[psutil.Process]:
        """The living processes of this home whose command line has `words` in it."""
        return [process for process in psutil.process_iter() if self._is_mine(process, words)]

    def _is_mine(self, process: psutil.Process, words: str) -> bool:
        try:
            command = " ".join(process.cmdline())
            mine = str(self.home) in command or process.environ().get("ASSAY_HOME") == str(
                self.home
            )
            return (
                mine
                and words in command
                and process.pid != os.getpid()
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False

    def kill(self, words: str) -> list[int]:
        """`kill -9` all such processes at once; returns their numbers."""
        victims = self.processes(words)
        assert victims, f"no process with {words!r} runs: {self.output}"
        for victim in victims:
            victim.kill()
        return [victim.pid for victim in victims]
