"""Child processes that start, stay alive and stop together."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings

from config import home as places

TICK_SECONDS = 0.2
STOP_SECONDS = 6.0
"""A child that has not ended by then is killed."""
STEADY_SECONDS = 60.0
"""A child that lived this long begins its back-off anew."""
LONGEST_BACK_OFF = 30.0
LARGEST_LOG = 20_000_000
CHILD = Path(__file__).with_name("child.py")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how."""

    name: str
    """Of the process, in sentences and of its log."""
    command: list[str]
    once: bool = False
    """Not started again when it ends."""
    stop_signal: signal.Signals = signal.SIGTERM
    files: tuple[int, ...] = ()
    """File descriptors that it inherits."""


@dataclass(slots=True)
class Child:
    """A program's present process, and what came before."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restart: float | None = None
    failures: int = 0
    groups: list[int] = field(default_factory=list)
    """Process groups that it has had; a killed worker's jobs live on in theirs for a moment."""


def worker_programs() -> list[Program]:
    """A worker for the queue of networks, and one for the rest, which never imports torch.

    They are stopped by SIGKILL: their jobs see that they are gone, checkpoint and give themselves
    back within two seconds. Asked politely, Celery would wait for them to end, or kill them at
    once.
    """
    return [
        Program(
            f"worker-{queue}",
            [
                sys.executable, "-m", "celery", "--app", "config.celery", "--quiet", "worker",
                "--queues", queue, "--concurrency", "2",
                "--hostname", f"assay-{queue}-{os.getpid()}@%h",
                "--without-gossip", "--without-mingle", "--loglevel", "INFO",
            ],
            stop_signal=signal.SIGKILL,
        )
        for queue in ("gpu", "cpu")
    ]  # fmt: skip


def management_program(name: str, *arguments: str, once: bool = False) -> Program:
    """A management command as a process."""
    return Program(
        name, [sys.executable, str(settings.ROOT / "manage.py"), name, *arguments], once=once
    )


class ProcessGroup:
    """Children of this process: started together, restarted one by one, stopped together."""

    def __init__(self, home: Path, programs: list[Program], say: Say) -> None:
        self.home = home
        self.children = [Child(program) for program in programs]
        self.say = say

    def start(self) -> None:
        """Start all."""
        for child in self.children:
            self._spawn(child)

    def tend(self) -> None:
        """Start again what has ended. Call it every `TICK_SECONDS`."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._ended(child, child.process.returncode, now)
            elif child.restart is not None and now >= child.restart:
                self._spawn(child)

    def stop(self) -> None:
        """Stop all, and kill what has not ended after `STOP_SECONDS`."""
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(child.program.stop_signal)
        groups = {group for child in self.children for group in child.groups}
        deadline = time.monotonic() + STOP_SECONDS
        while (left := _members(groups)) and time.monotonic() < deadline:
            for child in self.children:
                if child.process is not None:
                    child.process.poll()
            time.sleep(0.05)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for child in self.children:
            if child.process is not None:
                child.process.wait()
        _record(self.home).unlink(missing_ok=True)

    def log_path(self, program: Program) -> Path:
        """Where a program's output goes."""
        return self.home / "log" / f"{program.name}.log"

    def _spawn(self, child: Child) -> None:
        program, log_path = child.program, self.log_path(child.program)
        if log_path.exists() and log_path.stat().st_size > LARGEST_LOG:
            log_path.replace(log_path.with_suffix(".log.1"))
        with log_path.open("ab") as log:
            child.process = subprocess.Popen(
                [sys.executable, "-S", "-E", str(CHILD), str(os.getpid()), *program.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=settings.ROOT,
                env={**os.environ, "PYTHONPATH": _python_path(), "PYTHONUNBUFFERED": "1"},
                pass_fds=program.files,
                start_new_session=True,
            )
        child.groups.append(child.process.pid)
        child.started, child.restart = time.monotonic(), None
        self._record_processes()

    def _ended(self, child: Child, code: int, now: float) -> None:
        name, child.process = child.program.name, None
        if child.program.once:
            end = last_line(self.log_path(child.program))
            self.say(f"The {name} failed: {end}" if code else end)
            return
        child.failures = 0 if now - child.started > STEADY_SECONDS else child.failures + 1
        wait = min(LONGEST_BACK_OFF, 0.5 * 2 ** max(0, child.failures - 1))
        child.restart = now + wait
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        self.say(
            f"The {name} process {how}; it starts again in {wait:g} s. Its log is"
            f" {self.log_path(child.program)}."
        )

    def _record_processes(self) -> None:
        """Note what runs, for `end_leftovers`."""
        running = [child.process.pid for child in self.children if child.process is not None]
        _record(self.home).write_text(json.dumps([_identity(number) for number in running]))


def end_leftovers(home: Path) -> None:
    """Kill what an earlier start left behind when it was itself killed."""
    try:
        recorded = json.loads(_record(home).read_text())
    except (OSError, ValueError):
        return
    for number, created in recorded:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(number)
            if process.create_time() == created:  # else the number is another's by now
                for descendant in [*process.children(recursive=True), process]:
                    descendant.kill()
    _record(home).unlink(missing_ok=True)


@contextlib.contextmanager
def worker_processes(home: Path, say: Say) -> Iterator[None]:
    """Workers and a conductor for as long as the block runs; those of `up` where it runs."""
    if up_is_running(home):
        yield
        return
    group = ProcessGroup(home, [*worker_programs(), management_program("conductor")], say)
    over = threading.Event()

    def tend() -> None:
        # The kernel ends the children with the thread that started them: all of it happens here.
        group.start()
        while not over.wait(TICK_SECONDS):
            group.tend()
        group.stop()

    thread = threading.Thread(target=tend, name="processes")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def up_is_running(home: Path) -> bool:
    """Whether `./manage.py up` runs on this home."""
    try:
        with places.locked(home, "up", wait=False):
            return False
    except BlockingIOError:
        return True


def last_line(path: Path) -> str:
    """The last line of a log that says something."""
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _record(home: Path) -> Path:
    return home / "locks" / "processes.json"


def _identity(number: int) -> tuple[int, float]:
    try:
        return number, psutil.Process(number).create_time()
    except psutil.NoSuchProcess:
        return number, 0.0


def _members(groups: set[int]) -> list[psutil.Process]:
    """The living processes of these groups."""
    members = []
    for process in psutil.process_iter(["status"]):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(process.pid) in groups and _lives(process):
                members.append(process)
    return members


def _lives(process: psutil.Process) -> bool:
    information: dict[str, Any] = process.info
    return bool(information["status"] != psutil.STATUS_ZOMBIE)


def _python_path() -> str:
    ours = [str(settings.ROOT), str(settings.ROOT / "platform")]
    return os.pathsep.join([*ours, *filter(None, [os.environ.get("PYTHONPATH")])])
