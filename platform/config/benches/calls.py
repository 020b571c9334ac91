"""Calls that benches make, and how long jobs took."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.benches.site import TemporarySite

ASK_EVERY = 0.2
"""Seconds."""


class Calls:
    """The calls of the project `bench`, as the administrator."""

    def __init__(self, site: TemporarySite) -> None:
        self._site = site
        self.headers = {"Authorization": f"Token {site.token()}"}

    def post(self, path: str, body: object) -> dict[str, Any]:
        return self._call("POST", f"/api/v1/projects/bench/{path}", body)

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", f"/api/v1/projects/bench/{path}", None)

    def delete(self, path: str) -> None:
        self._call("DELETE", f"/api/v1/projects/bench/{path}", None)

    def ended(self, job_id: str) -> dict[str, Any]:
        """The job, once it has ended. Raises RuntimeError where it ended badly."""
        job = self.finished(job_id)
        if job["status"] != "succeeded":
            raise RuntimeError(f"{job['title']}: {job['error']}")
        return job

    def finished(self, job_id: str) -> dict[str, Any]:
        """The job, once it has ended, well or badly."""
        while not (job := self._call("GET", f"/api/v1/jobs/{job_id}/", None))["finished_at"]:
            time.sleep(ASK_EVERY)
        return job

    def _call(self, method: str, path: str, body: object) -> dict[str, Any]:
        status, answer = self._site.request(method, path, body, self.headers)
        if status >= 300:  # noqa: PLR2004 — HTTP's failures
            raise RuntimeError(f"{method} {path} was answered with {status}: {answer[:300]!r}")
        return dict(json.loads(answer)) if answer else {}


def job_seconds(job: Mapping[str, Any]) -> float:
    """How long its last attempt took."""
    begun, ended = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))
    return (ended - begun).total_seconds()
