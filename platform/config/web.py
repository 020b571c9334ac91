"""The web process of `up`: uvicorn on a socket that `up` holds.

As the socket outlives the process, connections wait while it is started again.
"""

from __future__ import annotations

import socket
import sys

import uvicorn

GRACE_SECONDS = 3
"""Open requests and websockets have this long to end when the site stops."""


def main() -> None:
    """Serve on the inherited socket whose file descriptor is the first argument."""
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        uvicorn.Server(
            uvicorn.Config(
                "config.asgi:application",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        ).run(sockets=[listening])


if __name__ == "__main__":
    main()
