"""Set-up of all tests: real services, a storage of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures"]


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: object) -> Iterator[None]:
    """Each test's images and checkpoints lie in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    settings.ENGINE_ROOT = tmp_path / "engine"  # type: ignore[attr-defined]
    yield
