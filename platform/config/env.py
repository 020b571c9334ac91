"""Reading the environment: typed, and loud about the value that is wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off", ""}
HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?")


def text(name: str, default: str = "") -> str:
    """The variable, stripped."""
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    """A yes-or-no variable."""
    value = text(name, "1" if default else "0").lower()
    if value in TRUE_WORDS:
        return True
    if value in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")


def whole_number(name: str, default: int, least: int = 0, most: int = 2**31) -> int:
    """A whole number within bounds."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number.") from None
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name} is {number}; it must be from {least} to {most}.")
    return number


def words(name: str) -> list[str]:
    """A list, parted by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def hosts(name: str) -> list[str]:
    """A list of host names, addresses and networks such as 10.2.0.0/16, parted by commas."""
    for word in words(name):
        try:
            ip_network(word)
        except ValueError:
            if not HOST_NAME.fullmatch(word) or word.rpartition(".")[2].isdecimal():
                raise ImproperlyConfigured(
                    f"{name} has {word!r} in it; write host names, addresses or networks such as"
                    " 10.2.0.0/16 (its host bits zero), parted by commas."
                ) from None
    return words(name)


def folder(name: str, default: Path) -> Path:
    """An absolute folder; it need not exist yet."""
    return Path(text(name) or default).expanduser().resolve()


def required(name: str, why: str) -> str:
    """A variable without which Assay does not start."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {why}")
    return value


def database(url: str) -> dict[str, Any]:
    """Django's settings for a `postgresql://` address; options after `?` go to libpq."""
    if urlsplit(url).scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured(
            "DATABASE_URL must begin with postgresql:// (Assay stores its data in PostgreSQL)."
        )
    try:
        parts: Mapping[str, Any] = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from None
    known = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    settings: dict[str, Any] = {
        setting: str(parts[key]) for key, setting in known.items() if key in parts
    }
    options = {key: value for key, value in parts.items() if key not in {*known, "dbname"}}
    return {"NAME": parts.get("dbname", "assay"), "OPTIONS": options, **settings}
