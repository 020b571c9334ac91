"""What must be done before the site can answer, and only what has not been done yet."""

from __future__ import annotations

import hashlib
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import home as places


def migrate(home: Path) -> None:
    """Bring the database to this version's form."""
    django.setup()
    with places.locked(home, "migrate"):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)


def collect_static_files() -> None:
    """Gather scripts, styles and pictures where the web process serves them."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    present = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == present:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(present)


def pages_are_built() -> bool:
    """Whether the pages' scripts and styles were built."""
    return Path(settings.DJANGO_VITE["default"]["manifest_path"]).exists()


def _static_fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(ignore_patterns=[]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
