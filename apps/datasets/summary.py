"""What an export holds, counted in one pass over its lines: for its card and its metadata."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field

from apps.datasets.formats import Format
from apps.datasets.formats.tables import table_write
from apps.datasets.manifest import run_of
from apps.datasets.material import Material


@dataclass(slots=True)
class Summary:
    """Figures of the images that pass."""

    cells: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Images by class, split and origin."""
    bases: Counter[str] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    """Judgements by how they were judged."""
    reviewers: Counter[int] = field(default_factory=Counter)
    """Images by the number of reviews behind their class."""
    agreement_of_several: float = 0.0
    """Sum of the agreement of the images with two reviews or more."""
    batches: Counter[int] = field(default_factory=Counter)
    """Synthetic images by generation run."""
    bytes: int = 0
    """Of the stored pictures."""
    table_sha256: str = ""
    table_size: int = 0

    @property
    def images(self) -> int:
        """All of them."""
        return self.cells.total()

    @property
    def several(self) -> int:
        """Images whose class rests on two reviews or more."""
        return sum(images for reviews, images in self.reviewers.items() if reviews > 1)

    @property
    def mean_agreement(self) -> float | None:
        """Of these; None where there are none."""
        return self.agreement_of_several / self.several if self.several else None

    @property
    def singles(self) -> int:
        """Images whose class rests on one review."""
        return self.reviewers[1]

    @property
    def ratio(self) -> float | None:
        """Synthetic ÷ real in the training split; None where it has no real image."""
        real = self.of_origin("real", "train")
        return self.of_origin("synthetic", "train") / real if real else None

    def of_origin(self, origin: str, split: str = "") -> int:
        """Images of one origin, in one split or all."""
        return sum(
            count
            for (_, within, of), count in self.cells.items()
            if of == origin and split in ("", within)
        )

    def splits(self, *names: str) -> list[str]:
        """Those of the named splits that hold images."""
        present = {split for _, split, _ in self.cells}
        return [name for name in names if name in present]


def summarise(material: Material, written_as: Format) -> Summary:
    """Count what passes, and hash the table that will be written."""
    summary = Summary()
    for entry in material.entries():
        summary.cells[entry.annotation_class, entry.split, entry.origin] += 1
        summary.bases[entry.basis] += 1
        summary.bytes += entry.bytes
        if entry.basis == "reviews":
            summary.methods[entry.method] += 1
            summary.reviewers[len(entry.reviews)] += 1
        if len(entry.reviews) > 1:
            summary.agreement_of_several += entry.agreement or 0.0
        if entry.lineage:
            summary.batches[run_of(entry.lineage)] += 1
    table = _Hashed()
    table_write(material, written_as.table, written_as.place(material), table)  # type: ignore[arg-type]
    summary.table_sha256, summary.table_size = table.digest.hexdigest(), table.size
    return summary


class _Hashed(io.RawIOBase):
    """Hashes and measures what is written."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.digest.update(data)
        self.size += len(data)
        return len(data)
