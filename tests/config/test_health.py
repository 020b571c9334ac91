"""What a supervisor is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client

ADDRESSES = ["/healthz/", "/api/v1/healthz/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_alive_needs_nothing_else(client: Client, address: str) -> None:
    """No database: pytest-django refuses it to a test that does not ask for it."""
    assert client.get(address).json() == {"status": "alive"}


@pytest.mark.django_db
def test_ready_with_everything_there(client: Client) -> None:
    answer = client.get("/api/v1/readyz/")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "missing": {}}


@pytest.mark.django_db
def test_degraded_but_serving_without_valkey(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.VALKEY_URL = f"unix://{tmp_path}/nothing.sock"
    answer = client.get("/readyz/")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert list(answer.json()["missing"]) == ["valkey"]


@pytest.mark.django_db
def test_unready_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection refused: secret host")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/readyz/")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unready"
    assert list(answer.json()["missing"]) == ["database"]
    assert "secret host" not in answer.content.decode()
