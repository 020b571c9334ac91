"""The command line's entry: Django's, with the services running and sentences for tracebacks."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

WITHOUT_SERVICES = {
    "bench", "check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help",
    "makemigrations", "makemessages", "spectacular", "startapp", "up", "version",
}  # fmt: skip
"""Commands that need no database, or see to it themselves."""
ABOUT_MIGRATIONS = {"migrate", "showmigrations", "sqlmigrate", "flush", "dbshell"}
"""Commands that must find the database as it is."""


def run(arguments: list[str]) -> None:
    """Run one management command; what a person can mend ends it in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.db import OperationalError

    from config.embedded import ServiceError

    try:
        _run(arguments)
    except (ImproperlyConfigured, ServiceError) as error:
        sys.exit(f"assay: {error}")
    except OperationalError as error:
        sys.exit(f"assay: The database cannot be used: {str(error).strip().splitlines()[0]}")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.exit("assay: The disk is full; free some space and start again.")
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from config import embedded, preparation

    command = arguments[1] if len(arguments) > 1 else "help"
    if command in WITHOUT_SERVICES or {"--help", "-h", "--version"} & set(arguments):
        execute_from_command_line(arguments)
        return
    home: Path = settings.ASSAY_HOME
    with contextlib.ExitStack() as use:
        use.enter_context(
            embedded.services(home, database=settings.EMBEDDED, valkey=settings.EMBEDDED_VALKEY)
        )
        if settings.EMBEDDED and command not in ABOUT_MIGRATIONS:
            preparation.migrate(home)
        execute_from_command_line(arguments)
