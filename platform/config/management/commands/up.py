"""`./manage.py up`: the whole of Assay on this machine, as one group of processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.urls import reverse

from apps.accounts.services import administrator_ensure, sign_in_link_create
from config import embedded, env, preparation, processes
from config import home as places
from config.processes import ProcessGroup, Program

DEFAULT_PORT = 8000
FIRST_FREE_PORT = 1024
"""Those below are root's."""
SERVICES_EVERY = 1.0
"""Seconds between two looks at the embedded services."""


class Command(BaseCommand):
    help = "Start services, web, workers and conductor; Ctrl-C stops them all. PORT, ASSAY_HOME."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the demo where it is missing")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        home: Path = settings.ASSAY_HOME
        places.prepare(home)
        places.require_space(home)
        self.stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        try:
            with places.locked(home, "up", wait=False) as lock:
                self._up(home, lock, demo)
        except BlockingIOError:
            raise ImproperlyConfigured(_running_already(home)) from None

    def _up(self, home: Path, lock: Any, demo: bool) -> None:
        with _listen(env.whole_number("PORT", DEFAULT_PORT, least=1, most=65535)) as listening:
            lock.truncate(0)
            lock.write(json.dumps({"process": os.getpid(), "port": listening.getsockname()[1]}))
            lock.flush()
            self.say(f"Starting; data lie in {_data_folders(home)}.")
            processes.end_leftovers(home)
            with embedded.services(
                home, database=settings.EMBEDDED, valkey=settings.EMBEDDED_VALKEY
            ):
                self._serve(home, listening, demo)
        self.say("Stopped.")

    def _serve(self, home: Path, listening: socket.socket, demo: bool) -> None:
        preparation.migrate(home)
        preparation.collect_static_files()
        if not preparation.pages_are_built():
            self.say("The pages are not built: only the API answers. `make build` builds them.")
        web = Program(
            "web",
            [sys.executable, "-m", "config.web", str(listening.fileno())],
            files=(listening.fileno(),),
        )
        programs = [
            web,
            *processes.worker_programs(),
            processes.management_program("conductor"),
            processes.management_program("studio_worker"),
        ]
        if demo:
            programs.append(processes.management_program("demo", once=True))
        group = ProcessGroup(home, programs, self.say)
        try:
            if not self.stopping:
                group.start()
            self._keep_alive(group, home, listening.getsockname()[1])
        finally:
            if self.stopping:
                self.say("Stopping …")
            group.stop()

    def _keep_alive(self, group: ProcessGroup, home: Path, port: int) -> None:
        answered, looked = False, time.monotonic()
        while not self.stopping:
            group.tend()
            if not answered and _answers(port):
                answered = True
                self._greet(home, port)
            if time.monotonic() - looked > SERVICES_EVERY:
                self._tend_services(home)
                looked = time.monotonic()
            time.sleep(processes.TICK_SECONDS)

    def _tend_services(self, home: Path) -> None:
        """Start an embedded service again that has died."""
        try:
            revived = embedded.revive(
                home, database=settings.EMBEDDED, valkey=settings.EMBEDDED_VALKEY
            )
        except embedded.ServiceError as error:
            self.say(str(error))
        else:
            for name in revived:
                self.say(f"{name} had ended; it runs again.")

    def _greet(self, home: Path, port: int) -> None:
        address = f"http://127.0.0.1:{port}"
        password = env.text("ASSAY_ADMIN_PASSWORD")
        administrator = administrator_ensure(password=password or None)
        self.say(f"\n  Assay is at  {address}/")
        if not password:
            link = reverse("sign_in_link", args=[sign_in_link_create(user=administrator)])
            self.say(f"  Sign in once as {administrator.username}:  {address}{link}")
        self.say("")
        connection.close()
        self.say(f"Ctrl-C stops everything. Logs lie in {home / 'log'}.")

    def say(self, text: str) -> None:
        """One line for the person at the terminal."""
        self.stdout.write(text)
        self.stdout.flush()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        another = port + 1 if port >= FIRST_FREE_PORT else DEFAULT_PORT
        raise ImproperlyConfigured(
            f"Port {port} cannot be used ({error.strerror}); choose another: PORT={another}"
        ) from None
    return listening


def _answers(port: int) -> bool:
    asking = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        asking.request("GET", "/readyz/")
        return asking.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        asking.close()


def _running_already(home: Path) -> str:
    try:
        running = json.loads((home / "locks" / "up").read_text())
        where = f" as process {running['process']} on port {running['port']}"
    except (OSError, ValueError, KeyError):
        where = ""
    return f"Assay runs already on {home}{where}; stop it first, or name another ASSAY_HOME."


def _data_folders(home: Path) -> str:
    apart = settings.EMBEDDED and home not in places.postgres_folder(home).parents
    return f"{home} (the database in {places.postgres_folder(home)})" if apart else str(home)
