"""The web process: Django over HTTP, the projects' logs over websockets."""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.exceptions import RequestAborted  # noqa: E402
from django.core.handlers.asgi import ASGIHandler, get_script_prefix  # noqa: E402
from django.core.signals import request_started  # noqa: E402
from django.http import FileResponse  # noqa: E402
from django.http.request import split_domain_port, validate_host  # noqa: E402
from django.urls import re_path, set_script_prefix  # noqa: E402

from apps.generation import urls as generation  # noqa: E402
from apps.imports.slicing import sliced_uploads  # noqa: E402
from apps.jobs import urls as jobs  # noqa: E402

websocket_urlpatterns = [*jobs.websocket_urlpatterns, *generation.websocket_urlpatterns]
sockets = URLRouter([*websocket_urlpatterns, re_path("", WebsocketDenier.as_asgi())])
THREADS = 40
"""Requests that are worked on at once; they share the connections of the database's pool."""


class SynchronousHandler(ASGIHandler):
    """Django over HTTP, where middleware and views are all synchronous.

    A request is worked on in one go, by a thread of a pool. Django's own handler changes between
    loop and thread at every middleware, and starts a thread for each request: more work than
    many a request is.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        work = asyncio.get_running_loop().run_in_executor
        response = await work(self._threads, self._answer, scope, body)
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await work(self._threads, response.close)

    def _answer(self, scope: dict[str, Any], body: IO[bytes]) -> Any:
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = refusal if request is None else self.get_response(request)
        response._handler_class = self.__class__
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.streaming:
            # The connection is back in its pool before the answer is on its way.
            response.close()
        return response


async def own_sockets(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Sockets opened by our own pages, or by programs."""
    application = sockets if origin_allowed(scope["headers"]) else WebsocketDenier.as_asgi()
    await application(scope, receive, send)


def origin_allowed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a page of ours opens the socket. Only browsers name an origin, and they always do."""
    origin = dict(headers).get(b"origin")
    if origin is None:
        return True
    try:
        host, _ = split_domain_port(urlsplit(origin.decode("latin-1")).netloc)
    except ValueError:
        return False
    return bool(host) and validate_host(host, settings.ALLOWED_HOSTS)


application = ProtocolTypeRouter(
    {"http": sliced_uploads(SynchronousHandler()), "websocket": own_sockets}
)
