"""The platform's own files in a bucket."""

from __future__ import annotations

import threading
from typing import Any

from storages.backends.s3 import S3Storage


class SharedS3Storage(S3Storage):  # type: ignore[misc]
    """One connection a process. By itself the storage makes one for each thread, which takes
    longer than most of what our short-lived threads ask of it."""

    _making = threading.Lock()
    _shared: Any = None

    @property
    def connection(self) -> Any:
        """What all threads ask through; the clients of boto3 may be shared."""
        with self._making:
            if self._shared is None:
                self._shared = super().connection
            return self._shared
