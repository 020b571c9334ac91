"""Archives: read by others, equal for equal members, taken up where they were cut."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path
from typing import BinaryIO

import pytest

from apps.datasets import zips
from apps.datasets.zips import MemberTooLargeError, ZipBuilder

MEMBERS = [(f"folder/größe {n}.bin", random.Random(n).randbytes(n * 37)) for n in range(30)]


def build(path: Path, members: list[tuple[str, bytes]] = MEMBERS) -> int:
    """Makes or goes on with the archive; returns how many members were there already."""
    there = 0
    with ZipBuilder(path) as archive:
        for name, content in members:
            if archive.has(name):
                there += 1
            else:
                archive.add(name, lambda file, content=content: file.write(content))
        archive.finish()
    return there


def read(path: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def test_what_was_added_is_read_by_others(tmp_path: Path) -> None:
    build(tmp_path / "a.zip")
    assert read(tmp_path / "a.zip") == MEMBERS
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_cut_anywhere_it_is_taken_up_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    build(path)
    whole = path.read_bytes()
    kept = []
    for end in range(0, len(whole) + 1, 211):
        path.write_bytes(whole[:end])
        kept.append(build(path))
        assert path.read_bytes() == whole
    assert kept == sorted(kept)
    assert kept[0] == 0
    assert kept[-1] == len(MEMBERS)


def test_a_member_whose_content_was_damaged_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    build(path)
    whole = path.read_bytes()
    at = len(whole) // 3
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert build(path) < len(MEMBERS)
    assert path.read_bytes() == whole


def test_what_another_plan_left_is_not_taken_for_this_one(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    build(path, [*MEMBERS[:3], ("other", b"x"), *MEMBERS[3:]])
    assert build(path) == 3
    assert read(path) == MEMBERS


def test_a_writer_that_fails_leaves_what_came_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"

    def fail(file: BinaryIO) -> None:
        file.write(b"half of it")
        raise RuntimeError

    with ZipBuilder(path) as archive:
        archive.add(MEMBERS[0][0], lambda file: file.write(MEMBERS[0][1]))
        with pytest.raises(RuntimeError):
            archive.add("broken", fail)
    assert build(path) == 1
    assert read(path) == MEMBERS


def test_far_members_and_many_are_found_by_zip64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sparse.zip"
    hole = 1 << 32
    with ZipBuilder(path) as archive:
        archive.add("near", lambda file: file.write(b"near"))
        # As if what lies between were members: a sparse file, so that no disk is filled.
        monkeypatch.setattr(archive, "_end", hole)
        archive.add("far", lambda file: file.write(b"far"))
        near, far = archive._member_at(0), archive._member_at(hole)
        monkeypatch.setattr(archive, "_members", lambda: iter([near, far]))
        archive.finish()
    assert read(path) == [("near", b"near"), ("far", b"far")]

    many = tmp_path / "many.zip"
    build(many, [(str(n), b"") for n in range(65_536)])
    assert len(read(many)) == 65_536


def test_a_member_of_4_gib_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MOST_32", 1000)
    with ZipBuilder(tmp_path / "a.zip") as archive:
        with pytest.raises(MemberTooLargeError, match="1,000 bytes"):
            archive.add("large", lambda file: file.write(bytes(1000)))
