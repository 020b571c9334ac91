"""Files of one request, kept on the disk that imports lie on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

PREFIX = ".arriving-"


class SentFile(UploadedFile):  # type: ignore[type-arg]  # generic in its stubs only
    """A file that is gone with its request, unless it is moved elsewhere before."""

    def __init__(self, path: Path, *args: Any) -> None:
        super().__init__(*args)
        self.path = path

    def close(self) -> None:
        """Forget it."""
        with suppress(FileNotFoundError):  # it was moved
            super().close()


class DiskUploadHandler(FileUploadHandler):
    """Writes each file to a disk from which it need not be copied again."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        root: Path = settings.UPLOAD_ROOT
        root.mkdir(parents=True, exist_ok=True)
        kept = NamedTemporaryFile(dir=root, prefix=PREFIX)  # noqa: SIM115 — lives with the request.
        self._sent = SentFile(
            Path(kept.name), kept, self.file_name, self.content_type, 0, self.charset
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._sent.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        self._sent.flush()
        self._sent.size = file_size
        return self._sent

    def upload_interrupted(self) -> None:
        if hasattr(self, "_sent"):
            self._sent.close()
