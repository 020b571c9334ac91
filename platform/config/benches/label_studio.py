"""A peer to measure against: Label Studio, over its REST API, each call on its own connection."""

from __future__ import annotations

import json
import time
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from config.benches.site import http_request

CONFIGURATION = (
    '<View><Image name="image" value="$image"/><Choices name="class" toName="image">'
    '<Choice value="boot"/><Choice value="coat"/></Choices></View>'
)
IMPORTED_AT_ONCE = 1_000


class LabelStudio:
    """A project of so many tasks at a running Label Studio; removed again by whoever runs it."""

    def __init__(self, address: str, token: str, tasks: int) -> None:
        parts = urlsplit(address)
        self._where = parts.hostname or "127.0.0.1", parts.port or 80
        self._headers = {"Authorization": f"Token {token}"}
        self.taking: list[float] = []
        self.submitting: list[float] = []
        """Milliseconds."""
        described = {"title": "bench", "label_config": CONFIGURATION}
        self._project = self._call("POST", "/api/projects", described)["id"]
        self.import_path = f"/api/projects/{self._project}/import"
        for first in range(0, tasks, IMPORTED_AT_ONCE):
            addresses = range(first, min(first + IMPORTED_AT_ONCE, tasks))
            self._call(
                "POST",
                self.import_path,
                [{"image": f"http://127.0.0.1/{number}.png"} for number in addresses],
            )

    def once(self, *, counts: bool) -> None:
        """Take the next task and submit an answer to it."""
        took, task = self._timed("GET", f"/api/projects/{self._project}/next")
        chosen = {"from_name": "class", "to_name": "image", "type": "choices"}
        answer = {"result": [{**chosen, "value": {"choices": ["coat"]}}]}
        submitted, _ = self._timed("POST", f"/api/tasks/{task['id']}/annotations/", answer)
        if counts:
            self.taking.append(took)
            self.submitting.append(submitted)

    def _timed(self, method: str, path: str, body: object = None) -> tuple[float, Any]:
        began = time.perf_counter()
        status, answer = self._request(method, path, body)
        took = (time.perf_counter() - began) * 1000
        return took, _read(path, status, answer)

    def _call(self, method: str, path: str, body: object) -> Any:
        return _read(path, *self._request(method, path, body))

    def _request(self, method: str, path: str, body: object) -> tuple[int, bytes]:
        try:
            return http_request(self._where, method, path, body, self._headers)
        except (OSError, HTTPException) as error:
            raise RuntimeError(f"The peer does not answer: {error}") from None


def _read(path: str, status: int, answer: bytes) -> Any:
    if status not in (200, 201):
        raise RuntimeError(f"The peer answered {path} with {status}: {answer[:300]!r}")
    return json.loads(answer)
