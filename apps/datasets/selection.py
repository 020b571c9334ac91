"""Which images of a dataset are meant: by origin, class, split and agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from apps.datasets.manifest import Entry


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters; an empty one lets everything pass. Two that mean the same are equal."""

    origin: str = ""
    classes: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    least_agreement: float | None = None
    """Of the judgement behind an image's class, 0 to 1. Asks for a judgement: an image that came
    with its class, or that nobody looked at, does not pass."""

    @classmethod
    def of(
        cls,
        *,
        origin: str = "",
        classes: Sequence[str] = (),
        splits: Sequence[str] = (),
        least_agreement: float | None = None,
    ) -> Self:
        """From names in any order."""
        return cls(origin, tuple(sorted(set(classes))), tuple(sorted(set(splits))), least_agreement)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        return cls.of(**values)

    def to_json(self) -> dict[str, Any]:
        """The filters that are set."""
        values = {
            "origin": self.origin,
            "classes": list(self.classes),
            "splits": list(self.splits),
            "least_agreement": self.least_agreement,
        }
        return {name: value for name, value in values.items() if value not in ("", [], None)}

    def passes(self, entry: Entry) -> bool:
        """Whether an image is meant."""
        return self.takes(
            origin=entry.origin, annotation_class=entry.annotation_class, split=entry.split
        ) and (self.least_agreement is None or self._agrees(entry))

    def takes(self, *, origin: str, annotation_class: str, split: str) -> bool:
        """Whether images of such a kind are meant, whatever their agreement."""
        return (
            (not self.origin or origin == self.origin)
            and (not self.classes or annotation_class in self.classes)
            and (not self.splits or split in self.splits)
        )

    def _agrees(self, entry: Entry) -> bool:
        return entry.agreement is not None and entry.agreement >= (self.least_agreement or 0)

    def __str__(self) -> str:
        """In words, for pages and cards."""
        parts = [
            self.origin and f"{self.origin} only",
            self.classes and f"classes {', '.join(self.classes)}",
            self.splits and f"splits {', '.join(self.splits)}",
            self.least_agreement is not None and f"agreement ≥ {self.least_agreement:g}",
        ]
        return "; ".join(part for part in parts if part) or "everything"
