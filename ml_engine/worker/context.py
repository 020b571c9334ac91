"""What a running job says and hears: progress out, heartbeat out, "stop" in."""

from __future__ import annotations

import logging
import os
import threading
import time
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, connection

from apps.jobs.models import Job
from apps.jobs.services import Claim, Fenced, job_heartbeat, job_progress
from ml_engine.config import EngineEvent

logger = logging.getLogger(__name__)

HEARTBEAT_EVERY = 1.5
"""Seconds; a cancelled job learns of it within this."""
EVENTS_EVERY = 0.5
"""Seconds between two events of one job at the least."""


class JobContext:
    """One attempt at one job. Use as a context manager: it beats while the job runs."""

    def __init__(self, claim: Claim, job: Job) -> None:
        self.claim = claim
        self.job = job
        self.project = job.project
        self.payload: dict[str, Any] = job.payload
        self.cancelled = False
        self.fenced = False
        self.orphaned = False
        self._parent = os.getppid()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._last_event = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def should_stop(self) -> bool:
        """Whether the job was cancelled, is held by another attempt, or has lost its worker."""
        return self.cancelled or self.fenced or self.orphaned

    def publish(self, event: EngineEvent, **more: Any) -> None:
        """Log an event of the engine (its `on_event`), unless it comes too soon after the last."""
        now = time.monotonic()
        if now - self._last_event < EVENTS_EVERY:
            return
        self._last_event = now
        try:
            job_progress(
                claim=self.claim,
                progress=event.step / max(event.total, 1),
                message=event.message or f"{event.step} of {event.total}",
                step=event.step,
                total=event.total,
                values=event.values,
                **more,
            )
        except Fenced:
            self.fenced = True

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT_EVERY):
            self.orphaned = os.getppid() != self._parent
            try:
                self.cancelled = job_heartbeat(claim=self.claim)
            except Fenced:
                self.fenced = True
            except DatabaseError as error:
                # The job goes on; if this lasts, another attempt fences it.
                logger.warning("no heartbeat for job %s: %s", self.claim.job_id, error)
                connection.close()
        connection.close()
