"""The dataset card: the README that goes with each export."""

from __future__ import annotations

import json

from django.template.loader import render_to_string

from apps.datasets.formats import FORMATS
from apps.datasets.material import Material
from apps.datasets.models import Export
from apps.datasets.summary import Summary
from apps.images.models import Image

FEW = 30
"""With fewer images of a class to measure on, its figures say little."""


def card_of(export: Export, material: Material, summary: Summary) -> str:
    """Markdown with the header that Hugging Face's loaders read. Equal exports, equal cards."""
    version, written_as = material.version, FORMATS[export.format]
    splits = summary.splits(*Image.Split.values)
    context = {
        "name": json.dumps(f"{material.project.name}, {version}", ensure_ascii=False),
        "title": _plain(f"{material.project.name}, {version}"),
        "note": _plain(version.note),
        "version": version,
        "selection": _plain(str(material.selection)),
        "frozen_with": _plain(str(version.filters)),
        "format": written_as,
        "format_name": export.get_format_display(),
        "how_to_load": written_as.how_to_load.format(folder=export.folder),
        "data_files": [
            (split, written_as.split_glob.format(split=split))
            for split in splits
            if written_as.split_glob
        ],
        "summary": summary,
        "real": summary.of_origin("real"),
        "synthetic": summary.of_origin("synthetic"),
        "methods": sorted(summary.methods.items()),
        "splits": splits,
        "rows": _rows(material, summary, splits),
        "generators": [
            {**made, "here": summary.batches[made["run"]]}
            for made in version.facts.get("generators", [])
            if summary.batches[made["run"]]
        ],
        "decisions": [
            {**decision, "reason": _plain(decision["reason"])}
            for decision in version.facts.get("decisions", [])
        ],
        "torn_groups": version.facts.get("torn_groups"),
        "scarce": _scarce(material, summary),
        "few": FEW,
    }
    return render_to_string("datasets/card.md", context)


def _rows(
    material: Material, summary: Summary, splits: list[str]
) -> list[tuple[str, int, list[tuple[int, int]]]]:
    """Each class: its position, and real and synthetic images by split."""
    return [
        (
            _plain(name),
            position,
            [
                (summary.cells[name, split, "real"], summary.cells[name, split, "synthetic"])
                for split in splits
            ],
        )
        for name, position in material.classes.items()
    ]


def _scarce(material: Material, summary: Summary) -> list[tuple[str, list[str]]]:
    """The splits that are measured on, each with the classes that have too few images there."""
    found: list[tuple[str, list[str]]] = []
    for split in summary.splits(Image.Split.SELECT, Image.Split.TEST):
        few = [
            _plain(name) for name in material.classes if summary.cells[name, split, "real"] < FEW
        ]
        if few:
            found.append((split, few))
    return found


def _plain(text: str) -> str:
    """A text that cannot break out of a table, nor become markup."""
    return "".join(
        f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in " ".join(text.split())
    )
