"""Between sockets and studio workers, through Valkey: of each session the newest request alone.

A request replaces the one before it, so what nobody waits for any more is never drawn. Sessions
take turns. Nothing of this is kept: a request that was lost is asked again by the page.
"""

from __future__ import annotations

import functools
import json
import time
from dataclasses import asdict, dataclass
from typing import Any

import redis
from django.conf import settings

ALIVE_KEY = "assay:studio:alive"
WAITING_KEY = "assay:studio:waiting"
ALIVE_SECONDS = 4
"""A worker's sign is believed for so long."""
SIGN_EVERY = 1.0
"""Seconds between two signs."""
ON_THE_WAY = frozenset({"warming", "frame"})
"""Kinds of answers that another one follows."""
REQUEST_SECONDS = 30
"""A request that no worker took is forgotten."""


@dataclass(frozen=True, slots=True)
class Request:
    """A picture that a session waits for."""

    session: str
    project_id: int
    number: int
    """The session's own; its answer bears it."""
    recipe: dict[str, Any]
    film: str = ""
    """One of `recipes.FILMS`: the whole way from start to end in place of one picture."""


@functools.cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.VALKEY_URL, socket_connect_timeout=1, socket_timeout=3, decode_responses=True
    )


def answers_channel(session: str) -> str:
    """Where a session's answers are published."""
    return f"assay.studio.{session}"


def _request_key(session: str) -> str:
    return f"assay:studio:request:{session}"


def request_put(request: Request) -> None:
    """Ask for a picture in place of the one that the session asked for before."""
    steps = _client().pipeline()
    steps.set(_request_key(request.session), json.dumps(asdict(request)), ex=REQUEST_SECONDS)
    steps.zadd(WAITING_KEY, {request.session: time.time()}, nx=True)
    steps.execute()


def request_take(seconds: float) -> Request | None:
    """The request of the session that has waited longest; None where none comes in time."""
    taken = _client().bzpopmin(WAITING_KEY, timeout=seconds)
    if not taken:
        return None
    text = _client().getdel(_request_key(str(taken[1])))
    # Gone where the session is, or where a newer request was taken with the older one's turn.
    return Request(**json.loads(text)) if text else None


def is_stale(request: Request) -> bool:
    """Whether the session has asked for another picture since."""
    return bool(_client().exists(_request_key(request.session)))


def session_forget(session: str) -> None:
    """Nobody waits for the session any more."""
    steps = _client().pipeline()
    steps.delete(_request_key(session))
    steps.zrem(WAITING_KEY, session)
    steps.execute()


def answer_send(session: str, answer: dict[str, Any]) -> bool:
    """Tell a session; False where it is gone, and nobody hears."""
    text = json.dumps(answer, separators=(",", ":"))
    return bool(_client().publish(answers_channel(session), text))


def answer_wait(request: Request, seconds: float) -> dict[str, Any] | None:
    """Ask, and wait for the picture, film or error; None after so many seconds without a word."""
    with _client().pubsub() as channel:  # type: ignore[no-untyped-call]
        channel.subscribe(answers_channel(request.session))
        channel.get_message(timeout=1)  # that it hears: who asks before would miss the answer
        request_put(request)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            message = channel.get_message(timeout=min(left, 1.0))
            if message and message["type"] == "message":
                answer = dict(json.loads(message["data"]))
                if answer["kind"] not in ON_THE_WAY:
                    return answer
                deadline = time.monotonic() + seconds
    session_forget(request.session)
    return None


def sign_of_life() -> None:
    """Say that a studio worker lives."""
    _client().set(ALIVE_KEY, "1", ex=ALIVE_SECONDS)


def worker_is_alive() -> bool:
    """Whether one has been heard of within `ALIVE_SECONDS`; no where Valkey is away."""
    try:
        return bool(_client().exists(ALIVE_KEY))
    except redis.RedisError:
        return False
