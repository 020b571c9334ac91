"""A web process that dies on request: at the nth statement of ours that answers a call.

    python -m tests.faults.mortal_web FD

Serves the real application on the inherited socket, and lives on as often as it dies. A call
with the header `x-die-at: n` kills it by SIGKILL before the nth statement of `apps/` that has not
run in this call yet, counted from the view's `post`; a call that comes through says in
`x-statements` how many ran, and in `x-functions` of which functions.
"""

from __future__ import annotations

import ast
import functools
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

OURS = str(Path(__file__).resolve().parent.parent.parent / "apps")


@functools.cache
def statements(file: str) -> dict[int, int]:
    """For each line of a file, the line where its innermost statement begins."""
    tree = ast.parse(Path(file).read_text())
    found = sorted(
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
    )
    return {line: begin for begin, end in found for line in range(begin, end + 1)}


class Fate:
    """What has run in the present call, and before which statement it ends."""

    def __init__(self) -> None:
        self.die_at = 0
        self.ran: set[tuple[int, str, str]] = set()
        """Statements: line, file and function."""
        self.is_counting = False

    def begin(self, die_at: int) -> None:
        self.die_at, self.ran, self.is_counting = die_at, set(), False

    def called(self, frame: FrameType, event: str, argument: object) -> Any:
        """A tracer of all functions, as `threading.settrace` takes it."""
        if not self.die_at or not frame.f_code.co_filename.startswith(OURS):
            return None
        self.is_counting |= frame.f_code.co_name == "post"
        return self.line if self.is_counting else None

    def line(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            begins = statements(frame.f_code.co_filename)[frame.f_lineno]
            self.ran.add((begins, frame.f_code.co_filename, frame.f_code.co_qualname))
            if len(self.ran) == self.die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.line


def serve(listening: socket.socket) -> None:
    from config.asgi import application

    fate = Fate()
    threading.settrace(fate.called)  # each call is answered in a thread of its own

    async def mortal(scope: Any, receive: Any, send: Any) -> None:
        async def tell(message: Any) -> None:
            if message["type"] == "http.response.start":
                ran = ",".join(sorted({function for _, _, function in fate.ran}))
                told = [(b"x-statements", b"%d" % len(fate.ran)), (b"x-functions", ran.encode())]
                message["headers"] = [*message["headers"], *told]
            await send(message)

        fate.begin(int(dict(scope.get("headers", ())).get(b"x-die-at", b"0")))
        await application(scope, receive, tell)

    config = uvicorn.Config(mortal, lifespan="off", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


def main() -> None:
    listening = socket.socket(fileno=int(sys.argv[1]))
    from django.urls import get_resolver

    import config.asgi  # noqa: F401 — once, for all lives; so are the views

    assert get_resolver().url_patterns
    for file in (Path(OURS) / "review").rglob("*.py"):
        statements(str(file))
    while True:
        child = os.fork()
        if child == 0:
            serve(listening)
            return
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
