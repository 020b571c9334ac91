"""Set-up of all tests: real services, a storage of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_vite.core.asset_loader import DjangoViteAssetLoader

pytest_plugins = ["tests.fixtures"]


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: object) -> None:
    """Each test's images and checkpoints lie in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    settings.ENGINE_ROOT = tmp_path / "engine"  # type: ignore[attr-defined]
    settings.UPLOAD_ROOT = tmp_path / "uploads"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def quick_passwords(settings: object) -> None:
    """Hashing that is slow by design would be most of the tests' time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def no_build(settings: object) -> None:
    """Pages are rendered whether or not the front end has been built."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}  # type: ignore[attr-defined]
    settings.DJANGO_VITE = {"default": {"dev_mode": True}}  # type: ignore[attr-defined]
    DjangoViteAssetLoader._instance = None
