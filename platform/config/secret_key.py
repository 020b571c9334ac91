"""The secret key of an embedded Assay: made at first start, never shipped."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import home as places


def read_or_make(home: Path) -> str:
    """The key kept in `home`/secret_key (mode 600); made if there is none."""
    path = home / "secret_key"
    places.prepare(home)
    try:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(50))
        except FileExistsError:
            path.chmod(0o600)
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"The secret key at {path} cannot be used: {error}") from None
    if not key:
        raise ImproperlyConfigured(
            f"The secret key at {path} is empty; delete the file to make anew."
        )
    return key
