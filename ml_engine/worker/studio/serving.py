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
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
MOST_FILMS = 2
"""Drawn at once, in turns: each holds its generator, beside those on the shelf."""
MEMORY_SHORT = (
    "The memory did not suffice. All other generators were put away: move again, or choose a"
    " smaller one."
)
ENDS = (signal.SIGTERM, signal.SIGINT)
THREADS = 1
"""CPU threads of a drawing. Beside a training on the same cores two wait for each other: a small
generator's picture took 294 ms by two and 12 by one (two busy cores, 32 × 32)."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film on its way, and what each of its bits comes with; None for nothing to tell."""

    request: wire.Request
    answers: Iterator[dict[str, Any] | None]


def serve() -> None:
    """Draw until a signal ends it."""
    over = threading.Event()
    for number in ENDS:
        signal.signal(number, lambda *_: over.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    draw_until(over)


def draw_until(over: threading.Event) -> None:
    """Draw, and give signs of life, until `over` is set."""
    threading.Thread(target=_sign, args=(over,), name="sign", daemon=True).start()
    shelf: Shelf | None = None
    films: deque[Film] = deque()
    asked_at = time.monotonic()
    while not over.is_set():
        request = _taken(over, 0 if films else TAKE_SECONDS, films=len(films) < MOST_FILMS)
        if request is not None:
            shelf = shelf or _shelf()
            if request.film:
                films.append(_film(shelf, request))
            else:
                _answer(shelf, request)
        if shelf is not None and films:
            # A picture further: whoever waits for one alone waits for no more than that.
            film = films.popleft()
            if _goes_on(shelf, film):
                films.append(film)
        if request is not None or films:
            asked_at = time.monotonic()
        elif shelf is not None and time.monotonic() - asked_at > IDLE_SECONDS:
            logger.info("Nobody has asked for a while; memory is given back.")
            _begin_anew(over)


def _shelf() -> Shelf:
    import torch

    from ml_engine.worker.studio.shelf import Shelf

    torch.set_num_threads(THREADS)
    return Shelf()


def _taken(over: threading.Event, seconds: float, *, films: bool) -> wire.Request | None:
    try:
        return wire.request_take(seconds, films=films)
    except redis.RedisError as error:
        logger.warning("Valkey cannot be asked for work (%s).", error)
        over.wait(TAKE_SECONDS)
        return None


def _film(shelf: Shelf, request: wire.Request) -> Film:
    from ml_engine.worker.studio.drawing import film_answers

    return Film(request, film_answers(shelf, request))


def _answer(shelf: Shelf, request: wire.Request) -> None:
    from ml_engine.worker.studio.drawing import answers

    with _troubles_told(shelf, request):
        for answer in answers(shelf, request):
            is_heard = wire.answer_send(request.session, answer)
            if answer["kind"] == "picture" and (not is_heard or wire.is_stale(request)):
                return  # what lies near a picture that is gone helps nobody


def _goes_on(shelf: Shelf, film: Film) -> bool:
    """Draw and tell a film's next bit; whether there is more of it, and somebody to hear it."""
    with _troubles_told(shelf, film.request):
        if wire.is_stale(film.request):
            return False
        for answer in film.answers:
            return answer is None or wire.answer_send(film.request.session, answer)
    return False


@contextmanager
def _troubles_told(shelf: Shelf, request: wire.Request) -> Iterator[None]:
    """Whatever goes wrong is told to who asked, and ends nothing else."""
    from ml_engine.memory import give_memory_back, is_memory_short

    close_old_connections()
    is_short = False
    try:
        yield
    except redis.RedisError as error:
        logger.warning("A picture could not be handed over (%s).", error)
    except Exception as error:
        if isinstance(error, DatabaseError):
            connection.close()
        if not isinstance(error, RecipeError):
            logger.exception("session %s could not be drawn for", request.session)
        is_short = is_memory_short(error)
        _tell(request, MEMORY_SHORT if is_short else _sentence(error))
    if is_short:  # and not before: the error held on to what had been computed
        shelf.clear()
        give_memory_back()


def _sentence(error: Exception) -> str:
    from ml_engine.worker.tasks import sentence

    return sentence(error)


def _tell(request: wire.Request, message: str) -> None:
    try:
        wire.answer_send(
            request.session, {"kind": "error", "number": request.number, "message": message}
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


def _begin_anew(over: threading.Event) -> None:
    """Become the process that was started, unless it is over: such a signal is not lost either."""
    # Held back until the new process listens: the handler of this one would be gone with it.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    if over.is_set():
        return
    connection.close()
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 — no shell is wanted
