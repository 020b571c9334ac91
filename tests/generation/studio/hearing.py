"""A session as the studio's worker sees it: asks, and hears what is answered."""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from apps.generation.studio import wire
from apps.training.models import Checkpoint

PATIENCE = 60.0
"""Seconds for an answer that must come; torch may have to be loaded first."""


class Session:
    """Asks for pictures and films of one generator, without a socket between."""

    def __init__(self, generator: Checkpoint) -> None:
        self.name = uuid4().hex
        self.project_id = generator.project_id
        first = generator.project.annotation_classes.get(position=0)
        self.recipe: dict[str, Any] = {
            "checkpoint": generator.pk, "class": first.pk, "start": {"seed": 1},
            "towards": {"seed": 2}, "share": 0.5,
        }  # fmt: skip
        self._channel = wire._client().pubsub()

    def __enter__(self) -> Self:
        self._channel.subscribe(wire.answers_channel(self.name))
        self._channel.get_message(timeout=1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._channel.close()

    def ask(self, number: int = 1, film: str = "", **changes: Any) -> None:
        recipe = {**self.recipe, **changes}
        wire.request_put(wire.Request(self.name, self.project_id, number, recipe, film))

    def hear(self, kind: str) -> dict[str, Any]:
        """The next answer of that kind."""
        return self.hear_until(kind)[-1]

    def hear_until(self, kind: str) -> list[dict[str, Any]]:
        """All answers until one of that kind, which is the last."""
        heard: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = self._channel.get_message(timeout=1)
            if message and message["type"] == "message":
                heard.append(json.loads(message["data"]))
                if heard[-1]["kind"] == kind:
                    return heard
        raise AssertionError(f"No {kind!r} came after {[one['kind'] for one in heard]}.")
