"""Documents of which some parts are made by benches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


def replaced(text: str, part: str, content: str) -> str:
    """`text` with `content` between the markers of `part`. Raises ValueError without markers."""
    opening, closing = f"<!-- {part}: made -->", f"<!-- {part}: end -->"
    before, found, rest = text.partition(opening)
    _, ended, after = rest.partition(closing)
    if not found or not ended:
        raise ValueError(f"The document lacks {opening} or {closing}.")
    return f"{before}{opening}\n{content}\n{closing}{after}"


def document(path: Path, part: str, content: str) -> None:
    """Write `content` into that part of a document."""
    path.write_text(replaced(path.read_text(), part, content))


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


def shown(figures: Mapping[str, float], name: str, times: float, form: str) -> str:
    """A figure with its interval, where it has one; a dash where there is none.

    Of `FIGURE.REST` the bounds are `FIGURE_low.REST` and `FIGURE_high.REST`.
    """
    if name not in figures:
        return "—"
    figure, _, rest = name.partition(".")
    ends = [figures.get(f"{figure}_{end}.{rest}") for end in ("low", "high")]
    value = form.format(figures[name] * times)
    if ends[0] is None or ends[1] is None:
        return value
    low, high = (form.format(end * times) for end in ends if end is not None)
    return f"{value} ({low} to {high})"
