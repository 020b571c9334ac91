"""`bench studio`: from a slider's move to its picture, over the websocket of a running site."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from statistics import quantiles
from typing import Any

from websockets.sync.client import ClientConnection, connect

from config.benches.site import TemporarySite

MOVES = 300
BURST = 500
"""Requests at once, of which nobody waits for any but the last."""
PATIENCE_S = 120.0
MADE = """
from pathlib import Path
from django.conf import settings
from apps.accounts.models import User
from apps.projects.services import project_create
from apps.projects.selectors import image_shape
from apps.training.models import Checkpoint, TrainingRun
from ml_engine.checkpoints import save_checkpoint
from ml_engine.config import generator_config
from ml_engine.generators.registry import generator_family

admin = User.objects.get(username="admin")
project = project_create(
    name="Bench", slug="bench", classes=[f"class {n}" for n in range(10)], created_by=admin,
    training_size=32, channels=3)
result = []
for family in FAMILIES:
    config, shape = generator_config(family), image_shape(project)
    run = TrainingRun.objects.create(
        project=project, kind="generator", family=family, purpose="generator",
        config=config.to_json(), seed=0)
    generator = generator_family(family)(shape, 10, config, 0)
    metadata = {"kind": "generator", "config": config.to_json(), "shape": shape.to_json(),
                "class_count": 10}
    folder = f"runs/{run.pk}/checkpoint"
    sha256 = save_checkpoint(Path(settings.ENGINE_ROOT) / folder, generator.state(), metadata)
    result.append(Checkpoint.objects.create(
        project=project, training_run=run, kind="generator", folder=folder, sha256=sha256).pk)
result = [result, project.annotation_classes.first().pk]
"""
"""Generators as they begin, whose pictures take as long as those of trained ones."""
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "families": {
        "default": "conditional_gan,dcgan,sagan,vae",
        "help": "families of generators, parted by commas",
    },
}


def studio(say: Callable[[str], None], families: str = "") -> Mapping[str, float]:
    """Move 300 times at 32 × 32, then 500 times at once; p95 from request to picture by family."""
    names = [name for name in (families or OPTIONS["families"]["default"]).split(",") if name]
    figures: dict[str, float] = {}
    with TemporarySite() as site:
        site.start()
        checkpoints, class_id = site.python(f"FAMILIES = {names!r}\n{MADE}", seconds=300)
        address = f"{site.address.replace('http', 'ws')}/ws/projects/bench/studio/"
        token = {"Authorization": f"Token {site.token()}"}
        with connect(address, additional_headers=token) as socket:
            for name, checkpoint in zip(names, checkpoints, strict=True):
                say(f"{name} …")
                session = _Session(socket, {"checkpoint": checkpoint, "class": class_id})
                figures |= {f"{figure}.{name}": value for figure, value in _timed(session).items()}
    return figures


class _Session:
    """Asks for pictures of one generator."""

    def __init__(self, socket: ClientConnection, recipe: dict[str, Any]) -> None:
        self._socket, self._recipe = socket, recipe
        self._number = 0

    def ask(self) -> int:
        """Ask for another picture; returns the request's number."""
        self._number += 1
        recipe = {**self._recipe, "start": {"seed": self._number}}
        self._socket.send(json.dumps({"number": self._number, "recipe": recipe}))
        return self._number

    def wait_for(self, number: int) -> int:
        """Wait for the picture of that request; returns how many came until then."""
        pictures = 0
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE_S))
            if answer["kind"] == "error":
                raise RuntimeError(answer["message"])
            if answer["kind"] == "picture":
                pictures += 1
                if answer["number"] == number:
                    return pictures


def _timed(session: _Session) -> dict[str, float]:
    began = time.perf_counter()
    session.wait_for(session.ask())
    cold = time.perf_counter() - began
    times = []
    for _ in range(MOVES):
        began = time.perf_counter()
        session.wait_for(session.ask())
        times.append(1000 * (time.perf_counter() - began))
    cuts = quantiles(times, n=20)
    numbers = [session.ask() for _ in range(BURST)]
    began = time.perf_counter()
    drawn = session.wait_for(numbers[-1])
    return {
        "first_s": cold,
        "preview_p50_ms": cuts[9],
        "preview_p95_ms": cuts[18],
        "preview_slowest_ms": max(times),
        "burst_drawn": drawn,
        "burst_last_ms": 1000 * (time.perf_counter() - began),
    }
