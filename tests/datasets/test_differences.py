"""What changed between two manifests."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from apps.datasets.differences import changes, difference
from apps.datasets.manifest import Entry, ManifestError, entry_of, line_of, manifest_lines
from tests.datasets.versions import entry, manifest_of


def lines(*entries: Entry) -> list[bytes]:
    return list(manifest_lines([manifest_of(*entries)])[1])


def test_every_kind_of_change_is_told_with_what_was_before_and_after() -> None:
    same, gone, new = entry("same"), entry("gone"), entry("new")
    other, moved, both, judged = entry("a"), entry("b"), entry("c"), entry("d")
    after = [
        same,
        new,
        replace(other, annotation_class="coat"),
        replace(moved, split="test"),
        replace(both, annotation_class="coat", split="test"),
        replace(judged, basis="reviews", agreement=1.0, reviews=("r",)),
    ]
    found = {
        change.sha256: change
        for change in changes(lines(same, gone, other, moved, both, judged), lines(*after))
    }
    assert {digest: change.kinds for digest, change in found.items()} == {
        gone.sha256: ["removed"],
        new.sha256: ["added"],
        other.sha256: ["reclassified"],
        moved.sha256: ["moved"],
        both.sha256: ["reclassified", "moved"],
        judged.sha256: ["rejudged"],
    }
    assert found[both.sha256].before == both
    assert found[both.sha256].after == after[4]
    assert found[gone.sha256].after is None


def test_pages_follow_one_another_and_counts_are_of_all() -> None:
    before = [entry(f"old {n}") for n in range(30)]
    after = [entry(f"new {n}") for n in range(40)] + before[:10]
    seen, beyond = [], ""
    while True:
        page = difference(lines(*before), lines(*after), kind="added", beyond=beyond, size=7)
        assert dict(page.counts) == {"added": 40, "removed": 20}
        seen += [change.sha256 for change in page.changes]
        beyond = page.next
        if not beyond:
            break
    assert seen == sorted(added.sha256 for added in after[:40])


def test_random_manifests_differ_as_sets_do() -> None:
    draw = random.Random(0)
    for _ in range(50):
        before = {entry(str(n)) for n in range(12) if draw.random() < 0.5}
        after = {entry(str(n)) for n in range(12) if draw.random() < 0.5}
        counts = difference(lines(*before), lines(*after), size=5).counts
        assert counts["added"] == len(after - before)
        assert counts["removed"] == len(before - after)


def test_a_line_says_the_same_when_it_is_read_again() -> None:
    given = entry("x", "Gummistiefel, groß", reviews=("a", "b"), agreement=0.5, lineage="3-7")
    assert entry_of(line_of(given)) == given


def test_a_manifest_is_read_in_pieces_of_any_size() -> None:
    whole = manifest_of(*(entry(str(n)) for n in range(5)))
    for size in (1, 7, 200, len(whole)):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert len(list(manifest_lines(pieces)[1])) == 5


@pytest.mark.parametrize("damaged", [b"", b"{}\n", b"<html>\n"])
def test_what_is_no_manifest_is_refused(damaged: bytes) -> None:
    with pytest.raises(ManifestError, match="no manifest"):
        manifest_lines([damaged])


def test_a_manifest_cut_short_is_refused() -> None:
    with pytest.raises(ManifestError, match="middle of a line"):
        list(manifest_lines([manifest_of(entry("x"))[:-5]])[1])
