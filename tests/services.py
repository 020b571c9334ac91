"""Real PostgreSQL and Valkey for the tests, started once for all of pytest's processes.

A pytest plugin, named in pyproject.toml: it must be imported before Django's settings are.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]


def start() -> None:
    """Start both under a new folder and name them in the environment, before Django is set up."""
    if "ASSAY_TEST_HOME" in os.environ:  # a worker of pytest-xdist: its controller has started them
        return
    from config import embedded

    home = Path(tempfile.mkdtemp(prefix="assay-test-"))
    home.chmod(0o755)
    (home / "static").mkdir()
    os.environ["ASSAY_TEST_HOME"] = os.environ["ASSAY_HOME"] = str(home)
    for name in ("DATABASE_URL", "VALKEY_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG"):
        os.environ.pop(name, None)
    embedded.start(home, database=True, valkey=True)


def pytest_unconfigure() -> None:
    """Stop both and remove their folder."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    from config import embedded
    from config import home as places

    home = Path(os.environ["ASSAY_TEST_HOME"])
    embedded.stop_valkey(home)
    embedded.stop_postgres(home)
    for folder in places.folders(home):
        shutil.rmtree(folder, ignore_errors=True)


start()
