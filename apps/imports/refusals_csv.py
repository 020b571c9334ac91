"""What was refused, as a table that spreadsheets may open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from apps.images.models import Refusal

COLUMNS = ("name", "reason", "detail")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet begins what it computes; names come from outside."""
ROWS_AT_ONCE = 1000


def refusal_lines(refusals: QuerySet[Refusal]) -> Iterator[str]:
    """A line of column names, then one a file, in the order of the files."""
    yield _lines([COLUMNS])
    after = 0
    while rows := list(
        refusals.filter(pk__gt=after).order_by("pk").values_list("pk", *COLUMNS)[:ROWS_AT_ONCE]
    ):
        yield _lines(row[1:] for row in rows)
        after = rows[-1][0]


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
