"""The command line's entry: Django's, with plain sentences instead of tracebacks."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured


def run(arguments: list[str]) -> None:
    """Run one management command; a configuration error ends it in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        sys.exit(f"assay: {error}")
