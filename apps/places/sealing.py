"""Secrets that must be used again, and so cannot be hashed: encrypted by what follows from
SECRET_KEY, so that the database alone, or a backup of it, tells none."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from apps.places.errors import PlaceError


def secret_seal(secret: str) -> str:
    """The secret, encrypted; an empty one stays empty."""
    return _fernet(settings.SECRET_KEY).encrypt(secret.encode()).decode() if secret else ""


def secret_open(sealed: str) -> str:
    """The secret again. Raises `PlaceError` where SECRET_KEY has become another since."""
    if not sealed:
        return ""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise PlaceError(
            "The secret access key was kept under another SECRET_KEY of this server and cannot be"
            " read any more. Enter it again."
        ) from None


@lru_cache(maxsize=4)
def _fernet(secret_key: str) -> Fernet:
    # Deriving takes no salt: the key is long and random, and each token has its own nonce.
    derived = HKDF(SHA256(), length=32, salt=None, info=b"apps.places.sealing")
    return Fernet(base64.urlsafe_b64encode(derived.derive(secret_key.encode())))
