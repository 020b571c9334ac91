"""What keeps the house standing."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_platform_folder_is_no_package() -> None:
    """With an __init__.py it would hide Python's own `platform`, which torch and pip import."""
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert hasattr(platform, "python_version")


def test_the_web_process_never_imports_torch() -> None:
    code = (
        "import sys; sys.path.insert(0, 'platform'); import config.asgi;"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_worker_of_the_cpu_queue_never_imports_torch() -> None:
    code = (
        "import sys; sys.path.insert(0, 'platform'); import config.celery, django; django.setup();"
        "from ml_engine.worker.tasks import HANDLERS, handler_of; from apps.jobs.models import Job;"
        "[handler_of(kind) for kind in HANDLERS[Job.Queue.CPU]];"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
