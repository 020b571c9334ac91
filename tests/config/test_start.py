"""Starting with something wrong: one sentence, no traceback, an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CLUSTER = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/assay",
    "VALKEY_URL": "redis://127.0.0.1:1",
}
SECURED = {**CLUSTER, "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "assay.example"}


def refusal(home: Path, command: str = "token", **environment: str) -> str:
    """What a command that must not start says."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "VALKEY_URL", "SECRET_KEY", "ALLOWED_HOSTS")
    }
    ran = subprocess.run(
        [sys.executable, "manage.py", command, *(["somebody"] if command == "token" else [])],
        cwd=ROOT,
        env={**kept, "ASSAY_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode != 0
    assert ran.stderr.startswith("assay: ")
    assert len(ran.stderr.splitlines()) == 1, ran.stderr
    return ran.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
@pytest.mark.parametrize("command", ["up", "token"])
def test_a_database_of_ones_own_needs_a_secret_and_hosts(
    tmp_path: Path, missing: str, command: str
) -> None:
    environment = {name: value for name, value in SECURED.items() if name != missing}
    assert f"{missing} is not set." in refusal(tmp_path, command, **environment)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "eighty", "PORT is 'eighty'; write a whole number."),
        ("PORT", "70000", "PORT is 70000; it must be from 1 to 65535."),
        ("DEBUG", "perhaps", "DEBUG is 'perhaps'; write 1 or 0."),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must begin with postgresql://"),
    ],
)
def test_a_bad_value_is_named(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, "up", **{**SECURED, name: value})


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    assert "The database cannot be used: connection" in refusal(tmp_path, **SECURED)


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sentence = refusal(tmp_path / "file" / "home", "up")
    assert f"ASSAY_HOME is {tmp_path / 'file' / 'home'}, which cannot be used" in sentence
