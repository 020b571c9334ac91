"""Files on a disk: whole or not there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile, File

from config.file_storage import WholeFileSystemStorage

CONTENT = bytes(range(256)) * 4096


class Slow(ContentFile):  # type: ignore[type-arg]
    """Stops in the middle until it is told to go on, or to break."""

    def __init__(self, *, breaks: bool = False) -> None:
        super().__init__(CONTENT)
        self.reached, self.go_on, self.breaks = threading.Event(), threading.Event(), breaks

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield CONTENT[:1000]
        self.reached.set()
        self.go_on.wait(10)
        if self.breaks:
            raise OSError(28, "No space left on device")
        yield CONTENT[1000:]


@pytest.fixture
def storage(tmp_path: Path) -> WholeFileSystemStorage:
    return WholeFileSystemStorage(location=tmp_path)


def test_a_file_is_not_there_before_its_last_byte(storage: WholeFileSystemStorage) -> None:
    content = Slow()
    writer = threading.Thread(target=storage.save, args=("a/b.png", content))
    writer.start()
    assert content.reached.wait(10)
    assert not storage.exists("a/b.png")
    content.go_on.set()
    writer.join()
    with storage.open("a/b.png") as file:
        assert file.read() == CONTENT


def test_a_write_that_breaks_leaves_nothing(
    storage: WholeFileSystemStorage, tmp_path: Path
) -> None:
    content = Slow(breaks=True)
    content.go_on.set()
    with pytest.raises(OSError, match="No space left"):
        storage.save("a/b.png", content)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_local_file_is_moved_and_can_be_read_by_all(
    storage: WholeFileSystemStorage, tmp_path: Path
) -> None:
    class Given(File):  # type: ignore[type-arg]
        def temporary_file_path(self) -> str:
            return str(self.name)

    local = tmp_path / "local"
    local.write_bytes(CONTENT)
    local.chmod(0o600)
    with local.open("rb") as file:
        storage.save("kept.zip", Given(file, str(local)))
    kept = tmp_path / "kept.zip"
    assert kept.read_bytes() == CONTENT
    assert kept.stat().st_mode & 0o777 == 0o644
    assert not local.exists()
