"""`./manage.py up` itself: it starts, restarts, stops, and says in a sentence why it cannot."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


@pytest.fixture(scope="module")
def site() -> Iterator[RunningSite]:
    """One site for the tests of this module, each of which leaves it as it may."""
    running = RunningSite(new=True)
    yield running
    running.remove()


@pytest.fixture
def up(site: RunningSite) -> RunningSite:
    """The site, started where the test before stopped it."""
    if not site.is_running:
        site.start()
    return site


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_within_ten_seconds(up: RunningSite, how: signal.Signals) -> None:
    assert up.processes("config.celery")
    assert up.stop(how) < 10
    assert up.up.returncode == 0
    assert up.processes("") == []


def test_what_dies_is_started_again(up: RunningSite) -> None:
    for words in ("config.web", "config.celery", "conductor", "studio_worker"):
        killed = up.kill(words)
        wait_until(
            lambda words=words, killed=killed: (
                {process.pid for process in up.processes(words)} - set(killed)
            ),
            20,
            f"another {words}",
        )
    assert httpx.get(f"{up.address}/healthz/", timeout=20).status_code == 200
    assert "The web process was killed by SIGKILL; it starts again" in up.output


def test_a_connection_waits_while_the_web_process_starts_again(up: RunningSite) -> None:
    up.kill("config.web")
    assert httpx.get(f"{up.address}/healthz/", timeout=30).status_code == 200


def test_nothing_outlives_a_killed_up_for_long_and_the_next_start_works(up: RunningSite) -> None:
    up.up.kill()
    up.up.wait()
    for words in ("config.web", "config.celery", "conductor", "studio_worker"):
        wait_until(lambda words=words: not up.processes(words), 10, f"the end of {words}")
    up.start()
    assert httpx.get(f"{up.address}/readyz/", timeout=20).json()["status"] == "ready"


def test_a_second_up_on_the_same_home_says_where_the_first_runs(up: RunningSite) -> None:
    second = up.manage("up")
    assert second.returncode == 1
    assert second.stderr.startswith("assay: Assay runs already on ")
    assert f"on port {up.port}" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def test_commands_share_the_services_and_leave_them_running(up: RunningSite) -> None:
    assert up.manage("token", "somebody", "--create").returncode == 0
    assert httpx.get(f"{up.address}/readyz/", timeout=20).json()["status"] == "ready"


def test_a_command_alone_starts_the_services_and_stops_them(up: RunningSite) -> None:
    up.stop()
    assert up.manage("token", "somebody", "--create").returncode == 0
    assert up.processes("") == []


def test_a_stale_lock_file_is_no_obstacle(up: RunningSite) -> None:
    up.stop()
    (up.home / "locks" / "up").write_text(json.dumps({"process": 1, "port": 8000}))
    (up.home / "postgres" / "postmaster.pid").write_text(f"1\n{up.home}\n{time.time():.0f}\n")
    (up.home / "run" / "valkey.sock").touch()
    up.start()


def test_a_taken_port_gets_one_sentence_that_names_another() -> None:
    site = RunningSite(new=True)
    with socket.socket() as other:
        other.bind(("127.0.0.1", site.port))
        other.listen()
        refused = site.manage("up")
    site.remove()
    assert refused.returncode == 1
    assert refused.stderr == (
        f"assay: Port {site.port} cannot be used (Address already in use);"
        f" choose another: PORT={site.port + 1}\n"
    )
