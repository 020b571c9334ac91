"""Hearing that a project's log has grown: one subscription a process, however many sockets.

Valkey only saves time here. While it is away nothing is heard, and whoever
waits looks into the database every few seconds instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterator

from django.conf import settings
from redis import RedisError
from redis.asyncio import Redis

from apps.jobs.broker import WAKE_CHANNEL

logger = logging.getLogger(__name__)

HEAR_SECONDS = 1.0
"""The longest time between two looks whether anybody still listens."""
LEAST_PAUSE = 0.25
MOST_PAUSE = 5.0
"""Seconds between attempts to reach Valkey again, doubling from the least to the most."""


class Wakeups:
    """Hands every wake-up to those who wait for its project."""

    def __init__(self) -> None:
        self._rings: dict[int, set[asyncio.Event]] = defaultdict(set)
        self._subscription: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def listening(self, project_id: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever the project's log has grown, or may have unheard."""
        ring = asyncio.Event()
        self._rings[project_id].add(ring)
        if self._subscription is None:
            self._subscription = asyncio.create_task(self._subscribe())
        try:
            yield ring
        finally:
            self._rings[project_id].discard(ring)
            if not self._rings[project_id]:
                del self._rings[project_id]
            if not self._rings and self._subscription:
                self._subscription.cancel()
                self._subscription = None

    async def _subscribe(self) -> None:
        # A client library may swallow a cancellation; who is not the subscription any more ends.
        me = asyncio.current_task()
        pause = LEAST_PAUSE
        while self._subscription is me:
            try:
                async with Redis.from_url(
                    settings.VALKEY_URL, decode_responses=True, socket_connect_timeout=2
                ) as client:
                    async with client.pubsub(ignore_subscribe_messages=True) as channel:
                        await channel.subscribe(WAKE_CHANNEL)
                        pause = LEAST_PAUSE
                        self._ring_everybody()
                        while self._subscription is me:
                            message = await channel.get_message(timeout=HEAR_SECONDS)
                            if message:
                                self._ring(message["data"])
            except (RedisError, OSError) as error:
                if pause == LEAST_PAUSE:
                    logger.warning("Valkey does not wake readers (%s); they poll.", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_PAUSE)

    def _ring(self, text: str) -> None:
        project_id, _, _ = text.partition(":")
        if project_id.isdecimal():
            for ring in self._rings.get(int(project_id), ()):
                ring.set()

    def _ring_everybody(self) -> None:
        for rings in self._rings.values():
            for ring in rings:
                ring.set()


wakeups = Wakeups()
