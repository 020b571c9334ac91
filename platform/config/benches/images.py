"""`bench images`: how fast images come in, and what memory many of them take in and out."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from config.benches.exporting import export_figures
from config.benches.importing import import_figures
from config.benches.uploading import ROWS, upload_figures


def row_count(text: str) -> int:
    """A number of rows to compare with none."""
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"Name a number of images from 1 up: {text}")
    return count


OPTIONS: dict[str, dict[str, Any]] = {
    "only": {"choices": ("upload", "import", "export"), "help": "this part alone"},
    "rows": {
        "type": row_count,
        "default": ROWS,
        "metavar": "N",
        "help": "images that a project has already, beside one that has few",
    },
    "peer": {"metavar": "URL", "help": "a running Label Studio to compare uploads with"},
    "peer_token": {"metavar": "TOKEN", "default": "", "help": "an API token of that one"},
}


def images(
    say: Callable[[str], None],
    only: str | None = None,
    rows: int = ROWS,
    peer: str | None = None,
    peer_token: str = "",
) -> Mapping[str, float]:
    """Upload photographs, import an archive of 10,000, export 100,000 images."""
    parts: dict[str, Callable[[], Mapping[str, float]]] = {
        "upload": lambda: upload_figures(say, rows, peer, peer_token),
        "import": lambda: import_figures(say),
        "export": lambda: export_figures(say),
    }
    figures: dict[str, float] = {}
    for name, measure in parts.items():
        if only in (None, name):
            figures |= measure()
    return figures
