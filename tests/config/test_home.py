from __future__ import annotations

import os
import shutil
import subprocess
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured

from config import embedded, secret_key
from config import home as places

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's database has another user")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home below a folder that only its owner may enter."""
    (tmp_path / "closed").mkdir(mode=0o700)
    home = tmp_path / "closed" / "home"
    yield home
    for folder in places.folders(home):
        shutil.rmtree(folder, ignore_errors=True)


def test_the_secret_key_is_made_once_and_is_private(home: Path) -> None:
    key = secret_key.read_or_make(home)
    assert len(key) > 50
    assert secret_key.read_or_make(home) == key
    assert (home / "secret_key").stat().st_mode & 0o777 == 0o600


def test_other_users_cannot_read_what_a_home_holds(home: Path) -> None:
    places.prepare(home)
    for folder in home.iterdir():
        assert folder.stat().st_mode & 0o077 == 0, folder
    assert home.stat().st_mode & 0o044 == 0


@needs_root
def test_roots_database_runs_without_opening_a_closed_folder(home: Path) -> None:
    places.prepare(home)
    assert home not in places.postgres_folder(home).parents
    with embedded.services(home, database=True, valkey=False):
        assert embedded.postgres_is_running(home)
    assert not embedded.postgres_is_running(home)
    assert home.parent.stat().st_mode & 0o777 == 0o700


@needs_root
def test_data_are_found_again_after_the_homes_mode_changed(home: Path) -> None:
    apart = places.postgres_folder(home)
    apart.mkdir(parents=True)
    home.parent.chmod(0o755)
    assert places.postgres_folder(home) == apart


def test_a_long_path_gets_a_short_socket_folder(tmp_path: Path) -> None:
    home = tmp_path / ("deep" * 20) / "home"
    assert len(str(places.socket_folder(home))) <= places.LONGEST_SOCKET_FOLDER


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 3 * 10**6, 3 * 10**6))
    with pytest.raises(ImproperlyConfigured, match="is full: 3 MB are free"):
        places.require_space(tmp_path)


def test_services_stop_with_their_last_user_only(home: Path) -> None:
    with embedded.services(home, database=False, valkey=True):
        with embedded.services(home, database=False, valkey=True):
            pass
        assert embedded.valkey_is_running(home)
    assert not embedded.valkey_is_running(home)


def test_valkey_keeps_what_it_was_told_through_a_kill(home: Path) -> None:
    with embedded.services(home, database=False, valkey=True):
        with redis.Redis.from_url(embedded.valkey_url(home)) as client:
            client.set("rung", "yes")
            client.execute_command("WAITAOF", 1, 0, 5000)
            number = client.info()["process_id"]
        subprocess.run(["kill", "-9", str(number)], check=True)
        embedded.start_valkey(home)
        with redis.Redis.from_url(embedded.valkey_url(home)) as client:
            assert client.get("rung") == b"yes"
