"""The project's log over a websocket: what was missed first, then live.

The database delivers; wake-ups only say when to look. A socket holds one page
of events at a time and waits for a slow client before it reads the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError, InterfaceError

from apps.jobs.models import JobEvent
from apps.jobs.selectors import event_last, event_list_after
from apps.jobs.wakeups import wakeups
from apps.projects.models import Project
from apps.projects.sockets import RefusedError, project_of_socket

logger = logging.getLogger(__name__)

PAGE = 100
"""Events read at once; also the most that one socket keeps in memory."""
POLL_SECONDS = 2.0
"""The longest time between two looks into the log."""
CHECK_SECONDS = 1.0
"""How long the knowledge that the person may see the project is good for."""
LONGEST_NUMBER = 18
"""Digits of `after` that fit the log's numbers."""


class EventConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """`/ws/projects/<slug>/events/?after=<seq>`; without `after` it begins at the present."""

    async def connect(self) -> None:
        # Accepted first: a browser learns the code and the reason of a close, but not of a refusal.
        await self.accept()
        self.delivery = asyncio.create_task(self._deliver_until_refused())

    async def disconnect(self, code: int) -> None:
        self.delivery.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing is expected from the client."""

    async def _deliver_until_refused(self) -> None:
        try:
            await self._deliver()
        except OSError:
            return  # the client is gone; its disconnection follows
        except RefusedError as refusal:
            await self.close(refusal.code, refusal.reason)
        except Exception:
            logger.exception("The log of %s stopped being delivered.", self._slug)
            await self.close(1011, "The server failed; connect again.")

    async def _deliver(self) -> None:
        seq = await self._read(self._begin)
        if self._after_text is None:
            await self._send({"kind": "hello", "seq": seq})
        with wakeups.listening(self.project.pk) as ring:
            while True:
                ring.clear()
                events = await self._read(self._next_page, seq)
                for event in events:
                    await self._send(_event_json(event))
                    seq = event.seq
                if len(events) < PAGE:
                    # Not wait_for: before Python 3.12 it can swallow a cancellation.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL_SECONDS):
                            await ring.wait()

    async def _read(self, reading: Any, *values: Any) -> Any:
        """Read from the database, however long it is away."""
        while True:
            try:
                return await database_sync_to_async(reading)(*values)
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The log of %s cannot be read (%s).", self._slug, error)
                await asyncio.sleep(POLL_SECONDS)

    def _begin(self) -> int:
        self.project = self._project()
        last, after = event_last(self.project), self._after_text
        if after is None:
            return last
        if not (after.isascii() and after.isdecimal() and len(after) <= LONGEST_NUMBER):
            raise RefusedError(4400, "after must be the whole number of an event.")
        if int(after) > last:
            raise RefusedError(4400, f"after is {after}, but the log ends at {last}.")
        return int(after)

    def _next_page(self, seq: int) -> list[JobEvent]:
        if time.monotonic() >= self.check_again_at:
            self.project = self._project()
        return event_list_after(self.project, seq, PAGE)

    def _project(self) -> Project:
        """The project, if the person may see it at this moment."""
        project = project_of_socket(self.scope["headers"], self._slug)
        self.check_again_at = time.monotonic() + CHECK_SECONDS
        return project

    @property
    def _slug(self) -> str:
        return str(self.scope["url_route"]["kwargs"]["slug"])

    @property
    def _after_text(self) -> str | None:
        query = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return query["after"][-1][:40] if "after" in query else None

    async def _send(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(message, separators=(",", ":")))


def _event_json(event: JobEvent) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "kind": event.kind,
        "job": str(event.job_id) if event.job_id else None,
        "payload": event.payload,
        "created_at": event.created_at.isoformat(),
    }
