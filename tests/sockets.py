"""A websocket client that speaks to the ASGI application itself.

Channels brings one, whose package imports daphne, which nothing else here needs.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from asgiref.testing import ApplicationCommunicator
from django.test import Client

from apps.accounts.models import User
from config.asgi import application

Header = tuple[bytes, bytes]
PATIENCE = 5
"""Seconds to wait for a message that must come."""


def session_header(user: User) -> Header:
    """What a signed-in browser sends."""
    client = Client()
    client.force_login(user)
    return cookie_header(client)


def cookie_header(client: Client) -> Header:
    return b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode()


class Socket(ApplicationCommunicator):
    """One websocket, from its opening request on."""

    def __init__(self, path: str, *headers: Header) -> None:
        path, _, query = path.partition("?")
        super().__init__(
            application,
            {
                "type": "websocket",
                "path": path,
                "query_string": query.encode(),
                "headers": list(headers),
                "subprotocols": [],
            },
        )

    async def opens(self) -> bool:
        """Whether the server takes the socket."""
        await self.send_input({"type": "websocket.connect"})
        message = await self.receive_output(PATIENCE)
        return bool(message["type"] == "websocket.accept")

    async def event(self) -> dict[str, Any]:
        """The next message."""
        message = await self.receive_output(PATIENCE)
        assert message["type"] == "websocket.send", message
        return dict(json.loads(message["text"]))

    async def numbers(self, count: int) -> list[int]:
        """The numbers of the next messages."""
        return [(await self.event())["seq"] for _ in range(count)]

    async def closing(self) -> tuple[int, str]:
        """The code and reason of the close that comes next, or after what was on its way."""
        while True:
            message = await self.receive_output(PATIENCE)
            if message["type"] == "websocket.close":
                return message["code"], message.get("reason", "")


Kind = TypeVar("Kind", bound=Socket)


@asynccontextmanager
async def opened(
    path: str,
    *headers: Header,
    kind: type[Kind] = Socket,  # type: ignore[assignment]
) -> AsyncIterator[Kind]:
    """A socket that the server has taken; it is closed at the end."""
    socket = kind(path, *headers)
    assert await socket.opens()
    try:
        yield socket
    finally:
        await socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await socket.wait(PATIENCE)
