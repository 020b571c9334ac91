"""`bench images`: how fast images come in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from config.benches.uploading import ROWS, upload_figures

PARTS = ("upload",)
OPTIONS: dict[str, dict[str, Any]] = {
    "only": {"choices": PARTS, "help": "one part of it"},
    "rows": {
        "type": int,
        "default": ROWS,
        "metavar": "N",
        "help": "images that a project has already, to compare with an empty one",
    },
    "peer": {"metavar": "URL", "help": "a running Label Studio to compare with"},
    "peer_token": {"metavar": "TOKEN", "default": "", "help": "an API token of that one"},
}


def images(
    say: Callable[[str], None],
    only: str | None = None,
    rows: int = ROWS,
    peer: str | None = None,
    peer_token: str = "",
) -> Mapping[str, float]:
    """Send photographs by REST, beside a peer and beside a million others."""
    figures: dict[str, float] = {}
    if only in (None, "upload"):
        figures |= upload_figures(say, rows, peer, peer_token)
    return figures
