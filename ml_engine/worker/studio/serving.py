"""The studio's own process: it keeps generators warm and draws for whoever moves.

It begins without torch. What it loads, networks and a GPU's memory, goes when nobody has asked for
`IDLE_SECONDS`: the process then becomes itself anew.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import redis
from django.db import DatabaseError, close_old_connections, connection

from apps.generation.studio import wire
from apps.generation.studio.recipes import RecipeError

if TYPE_CHECKING:
    from ml_engine.worker.studio.shelf import Shelf

logger = logging.getLogger(__name__)

IDLE_SECONDS = 600.0
TAKE_SECONDS = 1.0
"""The longest wait for a request, and so for the end."""
THREADS = 2
"""CPU threads of a drawing: the web process beside it needs the others."""


def serve() -> None:
    """Draw until a signal ends it."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    draw_until(over)


def draw_until(over: threading.Event) -> None:
    """Draw, and give signs of life, until `over` is set."""
    threading.Thread(target=_sign, args=(over,), name="sign", daemon=True).start()
    shelf: Shelf | None = None
    asked_at = time.monotonic()
    while not over.is_set():
        request = _taken(over)
        if request is not None:
            shelf = shelf or _shelf()
            asked_at = time.monotonic()
            _answer(shelf, request)
        elif shelf is not None and time.monotonic() - asked_at > IDLE_SECONDS:
            logger.info("Nobody has asked for a while; memory is given back.")
            _begin_anew()


def _shelf() -> Shelf:
    import torch

    from ml_engine.worker.studio.shelf import Shelf

    torch.set_num_threads(THREADS)
    return Shelf()


def _taken(over: threading.Event) -> wire.Request | None:
    try:
        return wire.request_take(TAKE_SECONDS)
    except redis.RedisError as error:
        logger.warning("Valkey cannot be asked for work (%s).", error)
        over.wait(TAKE_SECONDS)
        return None


def _answer(shelf: Shelf, request: wire.Request) -> None:
    close_old_connections()
    try:
        _draw(shelf, request)
    except redis.RedisError as error:
        logger.warning("A picture could not be handed over (%s).", error)
    except Exception as error:
        if isinstance(error, DatabaseError):
            connection.close()
        if not isinstance(error, RecipeError):
            logger.exception("session %s could not be drawn for", request.session)
        _tell(request, error)


def _draw(shelf: Shelf, request: wire.Request) -> None:
    from ml_engine.worker.studio.drawing import answers

    for answer in answers(shelf, request):
        is_heard = wire.answer_send(request.session, answer)
        # What is asked for is loaded whatever comes after, or a quick hand would wait for ever.
        if answer["kind"] != "warming" and (not is_heard or wire.is_stale(request)):
            return  # nobody waits for the rest


def _tell(request: wire.Request, error: Exception) -> None:
    from ml_engine.worker.tasks import sentence

    try:
        wire.answer_send(
            request.session,
            {"kind": "error", "number": request.number, "message": sentence(error)},
        )
    except redis.RedisError as away:
        logger.warning("An error could not be told (%s).", away)


def _sign(over: threading.Event) -> None:
    while not over.is_set():
        try:
            wire.sign_of_life()
        except redis.RedisError as error:
            logger.warning("no sign of life: %s", error)
        over.wait(wire.SIGN_EVERY)


def _begin_anew() -> None:
    connection.close()
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 — no shell is wanted
