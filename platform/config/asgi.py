"""The web process: Django over HTTP, the projects' logs over websockets."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from django.conf import settings  # noqa: E402
from django.http.request import split_domain_port, validate_host  # noqa: E402
from django.urls import re_path  # noqa: E402

from apps.jobs.urls import websocket_urlpatterns  # noqa: E402

sockets = URLRouter([*websocket_urlpatterns, re_path("", WebsocketDenier.as_asgi())])


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


application = ProtocolTypeRouter({"http": django_application, "websocket": own_sockets})
