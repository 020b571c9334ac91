"""Long bodies of resumable uploads, handed on slice by slice as they arrive.

Django reads a request's body to its end before a view runs, so a connection that breaks would
lose all that it had brought. Here each slice is a request of its own, at its own offset; of a
body that breaks off, what has come is kept. The sender sees one request and one answer.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from apps.imports.tus_headers import MOST_DIGITS

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

UPLOAD = re.compile(r"/api/v1/projects/[^/]+/imports/\d+/uploads/[^/]+/")
SLICE_BYTES = 2 * 1024 * 1024
"""Small enough that Django keeps it in memory."""
TAKEN = 204


def sliced_uploads(application: Application) -> Application:
    """The application, with such bodies in slices."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        offset = _offset(scope)
        if offset is None:
            await application(scope, receive, send)
        else:
            await _in_slices(application, scope, offset, _Body(receive), send)

    return answer


def _offset(scope: Message) -> int | None:
    """Where the body begins; None of a request that is none of ours.

    A checksum holds for a body as a whole: such a body is taken whole or not at all.
    """
    if scope["method"] != "PATCH" or not UPLOAD.fullmatch(scope["path"]):
        return None
    headers = dict(scope["headers"])
    offset = headers.get(b"upload-offset", b"")
    if b"upload-checksum" in headers or not offset.isdigit() or len(offset) > MOST_DIGITS:
        return None
    return int(offset)


class _Body:
    """A request's body as it arrives."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_over = False
        self.is_lost = False

    async def slice(self) -> bytes:
        """The next bytes; fewer than a slice only where the body ends or breaks off."""
        parts: list[bytes] = []
        size = 0
        while size < SLICE_BYTES and not self.is_over:
            message = await self._receive()
            self.is_lost = message["type"] == "http.disconnect"
            self.is_over = self.is_lost or not message.get("more_body", False)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        return b"".join(parts)

    async def pass_by(self) -> None:
        """Reads to the end: a browser hears no answer before it has sent everything."""
        while not self.is_over:
            await self.slice()


async def _in_slices(
    application: Application, scope: Message, offset: int, body: _Body, send: Send
) -> None:
    while True:
        piece = await body.slice()
        answer = await _ask(application, scope, offset, piece)
        offset += len(piece)
        if body.is_over or answer[0]["status"] != TAKEN:
            break
    await body.pass_by()
    if not body.is_lost:
        for message in answer:
            await send(message)


async def _ask(
    application: Application, scope: Message, offset: int, piece: bytes
) -> list[Message]:
    """The answer to one slice as if it were a request."""
    said = {b"upload-offset": offset, b"content-length": len(piece)}
    headers = [(name, value) for name, value in scope["headers"] if name not in said]
    headers += [(name, str(value).encode()) for name, value in said.items()]
    answer: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": piece, "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message)

    await application({**scope, "headers": headers}, receive, send)
    return answer
