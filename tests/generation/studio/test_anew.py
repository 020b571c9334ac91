"""The studio's worker as a process: when nobody asks any more, it becomes itself anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.generation.studio import wire
from apps.training.models import Checkpoint
from tests.generation.studio.hearing import Session
from tests.running_site import wait_until

# All test processes share one Valkey, and its studio workers take whatever waits.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("studio")]

IDLE_SECONDS = 2.0
WORKER = """
import os
import sys

sys.path.insert(0, "platform")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = {database!r}
settings.ENGINE_ROOT = {engine!r}
django.setup()
from ml_engine.worker.studio import serving

serving.IDLE_SECONDS = {idle}
print("begins", flush=True)
serving.serve()
"""
"""As the command does, in the tests' database."""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    code = WORKER.format(
        database=connection.settings_dict["NAME"],
        engine=str(settings.ENGINE_ROOT),
        idle=IDLE_SECONDS,
    )
    begun = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    yield begun
    begun.kill()
    begun.wait()
    wire._client().flushdb()


def has_torch(process: subprocess.Popen[str]) -> bool:
    return "libtorch" in Path(f"/proc/{process.pid}/maps").read_text()


def begins(process: subprocess.Popen[str]) -> None:
    """Wait until it says that it begins."""
    assert process.stdout
    assert any(line == "begins\n" for line in process.stdout)


def test_idle_it_gives_its_memory_back_then_draws_again_and_ends_whenever_it_is_told(
    generator: Checkpoint, process: subprocess.Popen[str]
) -> None:
    begins(process)
    assert not has_torch(process)
    with Session(generator) as session:
        session.ask(1)
        first = session.hear("picture")
        assert has_torch(process)
        begins(process)
        wait_until(lambda: not has_torch(process), 5, "a process without torch")
        wait_until(wire.worker_is_alive, 5, "a sign of life")
        session.ask(2)
        assert session.hear("warming")["number"] == 2
        assert session.hear("picture")["png"] == first["png"]
    begins(process)
    # Between the new process's first word and its first look for work, too.
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_it_does_not_begin_anew_once_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    from ml_engine.worker.studio import serving

    def never(*_: object) -> None:
        raise AssertionError("It began anew.")

    monkeypatch.setattr(os, "execv", never)
    over = threading.Event()
    over.set()
    try:
        serving._begin_anew(over)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, serving.ENDS)
