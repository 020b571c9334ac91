"""Setting up on a machine that lacks something: one sentence, before anything is written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is all of PATH; the shell's own needs are met."""
    for name in ("sh", "dirname", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    return tmp_path


def program(folder: Path, name: str, version: str) -> None:
    """A program that tells its version and fails at all else."""
    (folder / name).write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo {version}\n')
    (folder / name).chmod(0o755)


def refusal(programs: Path) -> str:
    ran = subprocess.run(
        [ROOT / "scripts" / "bootstrap", "run"],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1, ran.stderr
    return ran.stderr


def test_without_python(programs: Path) -> None:
    assert refusal(programs) == (
        "assay: Python 3.11 to 3.14 is needed (no Python 3 was found); install one and see that it"
        " is on PATH.\n"
    )


def test_with_an_old_python(programs: Path) -> None:
    program(programs, "python3", "Python 3.9.2")
    assert "assay: Python 3.11 to 3.14 is needed (" in refusal(programs)


def test_without_node(programs: Path) -> None:
    (programs / "python3.11").symlink_to(sys.executable)
    assert refusal(programs).startswith("assay: Node.js 20 or newer, with npm, is needed")


def test_with_an_old_node(programs: Path) -> None:
    (programs / "python3").symlink_to(sys.executable)
    program(programs, "npm", "9.0.0")
    program(programs, "node", "v18.19.0")
    assert refusal(programs).startswith("assay: Node.js 20 or newer is needed; ")
