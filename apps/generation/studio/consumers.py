"""The studio over a websocket: recipes in, pictures out.

The client says `{"number": 12, "recipe": {…}}` (see `recipes`) and hears one JSON object each:
`worker` with `alive` at first and whenever that changes; `warming` where the generator is being
loaded; `picture` with its PNG in base64; `near` with the nearest real images and what the loop's
classifier sees; `error` with what to do. With `"film": "webm"` in place of a picture the whole way:
`frame` with how many are `done` `of` how many, at last `film` with the file in base64. All but
`worker` bear the number that they answer. Who asks again before an answer has come hears of the
newest alone, so another picture also stops a film.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Any
from uuid import uuid4

import redis
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from redis.asyncio import Redis

from apps.generation.studio import wire
from apps.generation.studio.recipes import LARGEST_SEED, RecipeError, film_read, recipe_read
from apps.projects.models import Project
from apps.projects.sockets import RefusedError, project_of_socket

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks whether a worker lives and the person may still be here."""
LONGEST_MESSAGE = 16_000
"""Characters."""
AGAIN_SECONDS = 2.0
"""Between two tries to reach Valkey or the database."""


class StudioConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """`/ws/projects/<slug>/studio/`."""

    async def connect(self) -> None:
        self.session = uuid4().hex
        self.hears, self.asked = asyncio.Event(), asyncio.Event()
        self.newest: str | None = None
        # Accepted first: a browser learns the code and the reason of a close, but not of a refusal.
        await self.accept()
        self.duties = [
            asyncio.create_task(self._until_refused(duty))
            for duty in (self._hand_answers_on, self._watch, self._deal_with_newest)
        ]

    async def disconnect(self, code: int) -> None:
        for duty in self.duties:
            duty.cancel()
        with contextlib.suppress(redis.RedisError):
            await asyncio.to_thread(wire.session_forget, self.session)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Of messages that come while one is dealt with, the newest waits; others are dropped."""
        self.newest = text_data
        self.asked.set()

    async def _deal_with_newest(self) -> None:
        while True:
            await self.asked.wait()
            self.asked.clear()
            await self._deal_with(self.newest)

    async def _deal_with(self, text: str | None) -> None:
        """Ask for a picture, after a look whether the person may. Raises `RefusedError`."""
        number = None
        try:
            message = _message(text)
            number = message["number"]
            await database_sync_to_async(self._ask)(message)
        except RecipeError as error:
            await self._send({"kind": "error", "number": number, "message": str(error)})
        except (redis.RedisError, DatabaseError, InterfaceError) as error:
            logger.warning("A picture could not be asked for (%s).", error)
            away = "The server cannot ask for pictures at the moment. Move again in a few seconds."
            await self._send({"kind": "error", "number": number, "message": away})

    def _ask(self, message: dict[str, Any]) -> None:
        recipe = recipe_read(message.get("recipe"))
        film = film_read(message.get("film"), recipe)
        project = self._project()
        wire.request_put(
            wire.Request(self.session, project.pk, message["number"], recipe.to_json(), film)
        )

    def _project(self) -> Project:
        slug = str(self.scope["url_route"]["kwargs"]["slug"])
        return project_of_socket(self.scope["headers"], slug)

    async def _until_refused(self, duty: Any) -> None:
        try:
            await duty()
        except OSError:
            return  # the client is gone; its disconnection follows
        except RefusedError as refusal:
            await self.close(refusal.code, refusal.reason)
        except Exception:
            logger.exception("A studio's socket broke.")
            await self.close(1011, "The server failed; connect again.")

    async def _watch(self) -> None:
        """Tell whether a worker lives whenever that changes, and end where the person may not
        be here any more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_SECONDS):
                await self.hears.wait()  # who asks before would miss the answer
        was_alive = None
        while True:
            try:
                await database_sync_to_async(self._project)()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("A studio's person cannot be looked up (%s).", error)
            is_alive = await asyncio.to_thread(wire.worker_is_alive)
            if is_alive != was_alive:
                was_alive = is_alive
                await self._send({"kind": "worker", "alive": is_alive})
            await asyncio.sleep(LOOK_EVERY)

    async def _hand_answers_on(self) -> None:
        while True:
            try:
                await self._listen()
            except redis.RedisError as error:
                logger.warning("A studio's answers cannot be heard (%s).", error)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        async with Redis.from_url(
            settings.VALKEY_URL, decode_responses=True, socket_connect_timeout=2
        ) as client:
            async with client.pubsub() as channel:
                await channel.subscribe(wire.answers_channel(self.session))
                while True:
                    message = await channel.get_message(timeout=LOOK_EVERY)
                    if message and message["type"] == "subscribe":
                        self.hears.set()
                    elif message:
                        await self.send(text_data=message["data"])

    async def _send(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(message, separators=(",", ":")))


def _message(text: str | None) -> dict[str, Any]:
    """What a client says. Raises `RecipeError`."""
    if text is None or len(text) > LONGEST_MESSAGE:
        raise RecipeError(f"A message is JSON text of at most {LONGEST_MESSAGE:,} characters.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise RecipeError("A message must be JSON.") from None
    number = message.get("number") if isinstance(message, dict) else None
    if type(number) is not int or not 0 <= number <= LARGEST_SEED:
        raise RecipeError(
            'A message is an object with a whole "number" from 0, which its answer will bear, and'
            ' a "recipe".'
        )
    return dict(message)
