"""Receiving many files without holding them in memory or opening one file for each."""

from __future__ import annotations

import io
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

MEMORY_BYTES = 8 * 1024 * 1024
"""What a whole request may keep in memory; the rest lies in one temporary file."""


class SpoolUploadHandler(FileUploadHandler):
    """Writes all files of a request one after the other into one spool.

    Django's own handlers keep each file up to 2.5 MB in memory and open a temporary
    file for each larger one: a thousand files need gigabytes or too many open files.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._spool = SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 — lives with the request.
        self._start = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._start = self._spool.seek(0, io.SEEK_END)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._spool.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        return UploadedFile(
            file=cast("IO[bytes]", Section(self._spool, self._start, file_size)),
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )

    def upload_interrupted(self) -> None:
        self._spool.close()


class Section(io.RawIOBase):
    """A part of a file, read as a file of its own."""

    def __init__(self, whole: SpooledTemporaryFile[bytes], start: int, size: int) -> None:
        self._whole = whole
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._whole.seek(self._start + self._at)
        chunk = self._whole.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)
