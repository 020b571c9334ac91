"""What changed from one version to another: both manifests read side by side, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.datasets.manifest import HASH_AT, Entry, entry_of

KINDS = {
    "added": "not in the earlier version",
    "removed": "not in the later version",
    "reclassified": "another class",
    "moved": "another split",
    "rejudged": "the same class and split, but other reviews or agreement behind it",
}


@dataclass(frozen=True, slots=True)
class Change:
    """An image that is not the same in both versions; None where a version lacks it."""

    before: Entry | None
    after: Entry | None

    @property
    def sha256(self) -> str:
        """The image's hash."""
        present = self.after or self.before
        return present.sha256 if present else ""

    @property
    def kinds(self) -> list[str]:
        """What happened to it, of `KINDS`; an image may be reclassified and moved."""
        if self.before is None:
            return ["added"]
        if self.after is None:
            return ["removed"]
        kinds = []
        if self.before.annotation_class != self.after.annotation_class:
            kinds.append("reclassified")
        if self.before.split != self.after.split:
            kinds.append("moved")
        return kinds or ["rejudged"]


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes by kind, and one page of them."""

    counts: Counter[str]
    changes: list[Change]
    next: str
    """The hash after which the next page begins; empty on the last."""


def changes(before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[Change]:
    """The changes in the order of the hashes. Lines that are equal are never parsed."""
    old_lines, new_lines = iter(before), iter(after)
    old, new = next(old_lines, b""), next(new_lines, b"")
    while old or new:
        if old == new:
            old, new = next(old_lines, b""), next(new_lines, b"")
        elif not new or (old and old[HASH_AT] < new[HASH_AT]):
            yield Change(entry_of(old), None)
            old = next(old_lines, b"")
        elif not old or new[HASH_AT] < old[HASH_AT]:
            yield Change(None, entry_of(new))
            new = next(new_lines, b"")
        else:
            yield Change(entry_of(old), entry_of(new))
            old, new = next(old_lines, b""), next(new_lines, b"")


def difference(
    before: Iterable[bytes], after: Iterable[bytes], *, kind: str = "", beyond: str = "", size: int
) -> Difference:
    """Count all changes, and keep the first `size` of a kind whose hashes come after `beyond`."""
    counts: Counter[str] = Counter()
    page: list[Change] = []
    more = False
    for change in changes(before, after):
        counts.update(change.kinds)
        if change.sha256 <= beyond or (kind and kind not in change.kinds):
            continue
        if len(page) < size:
            page.append(change)
        else:
            more = True
    return Difference(counts, page, page[-1].sha256 if more else "")
