"""Counting over all of a project's answers, however many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

MEMORY = "64MB"
"""For each hash or sort of one query: enough to count a million answers without a file."""


def rows_of(query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a query answers that goes through a million rows to tell a few."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [MEMORY])
        cursor.execute(query, dict(parameters))
        return list(cursor.fetchall())
