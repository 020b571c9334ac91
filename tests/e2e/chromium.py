"""Finds a Chromium for the browser tests, or obtains one.

    python -m tests.e2e.chromium

An installed one serves, Playwright's own or the system's. Else Playwright downloads
its own; where that cannot be, Debian's package is installed if this is root.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS = 300
ANSWER_SECONDS = 10
"""A server that does not answer within this is not to be had."""


def find() -> str | None:
    """The path of an installed Chromium; None where there is none."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def obtain() -> str:
    """A Chromium's path, installed where there is none; where that fails, exit with a sentence."""
    return (
        find()
        or _downloaded()
        or _installed()
        or sys.exit(
            "assay: The browser tests need Chromium. Install it with your system's packages (on"
            " Debian: sudo apt install chromium), or with: .venv/bin/playwright install chromium"
        )
    )


def _downloaded() -> str | None:
    print("Playwright downloads its Chromium …", flush=True)
    patience = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": str(ANSWER_SECONDS * 1000)}
    if not _ran([sys.executable, "-m", "playwright", "install", "chromium"], patience):
        print("It cannot be had.", flush=True)
        return None
    if os.geteuid() == 0:
        _ran([sys.executable, "-m", "playwright", "install-deps", "chromium"], {})
    return find()


def _installed() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    print("Debian's chromium is installed …", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    _ran(["apt-get", "-qq", "update"], quiet)
    _ran(["apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium"], quiet)
    return find()


def _ran(command: list[str], environment: dict[str, str]) -> bool:
    """Whether a quiet command ended well, and in time."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(
            command,
            env={**os.environ, **environment},
            capture_output=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        return done.returncode == 0
    return False


if __name__ == "__main__":
    print(f"Chromium: {obtain()}")
