#!/usr/bin/env python
"""Assay's command line."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    # platform/ must not be a package: as one it would hide Python's own `platform`.
    sys.path.insert(0, str(ROOT / "platform"))
    from config.cli import run

    run(sys.argv)


if __name__ == "__main__":
    main()
