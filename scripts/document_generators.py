"""Write the families' paragraphs of docs/generators.md from their settings.

.venv/bin/python scripts/document_generators.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Both folders, as manage.py has them."""
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    from config.benches.documents import document
    from config.benches.generator_docs import DOCUMENT, FAMILIES_PART, families_text

    document(DOCUMENT, FAMILIES_PART, families_text())


if __name__ == "__main__":
    main()
