"""Finds ExifTool, the reader that everybody trusts, or obtains it.

    python -m tests.datasets.exiftool

An installed one serves; else Debian's package is installed if this is root.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

PACKAGE = "libimage-exiftool-perl"
INSTALL_SECONDS = 300


def find() -> str | None:
    """The path of an installed ExifTool; None where there is none."""
    return shutil.which("exiftool")


def obtain() -> str:
    """ExifTool's path, installed where there is none; where that fails, exit with a sentence."""
    return (
        find()
        or _installed()
        or sys.exit(
            "assay: The tests of marks need ExifTool. Install it with your system's packages (on"
            f" Debian: sudo apt install {PACKAGE})."
        )
    )


def tags(*files: Path) -> Sequence[dict[str, Any]]:
    """Everything that ExifTool reads in each file, with its group; complaints as ExifTool:*."""
    program = find()
    if program is None:
        pytest.fail("No ExifTool was found; `make test` obtains it.")
    done = subprocess.run(
        [program, "-json", "-G", "-struct", "-n", "-validate", "-warning", "-all", *files],
        capture_output=True,
        check=False,
    )
    return list(json.loads(done.stdout))


def _installed() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", PACKAGE]):
        subprocess.run(
            ["apt-get", "-qq", *command],
            env=environment,
            capture_output=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    return find()


if __name__ == "__main__":
    print(f"ExifTool: {obtain()}")
