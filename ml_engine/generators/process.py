"""One of the processes that train a generator together; torchrun starts it for `several`.

It reads its order from the folder that it is given and tells, on standard output, of events and of
its end: one JSON object a line. It stops, its state saved, when standard input ends, as it does
when the program that started it has died.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from torch import distributed as dist

from ml_engine.classifiers.inference import load_classifier
from ml_engine.config import EngineEvent, StopRequestedError
from ml_engine.distributed import is_first, processes_joined
from ml_engine.generators.health import Reference
from ml_engine.generators.orders import Order, read_order
from ml_engine.generators.training import GeneratorResult, train_generator
from ml_engine.memory import is_memory_short
from ml_engine.packs import Pack, open_pack

MOST_CHARACTERS = 3000
"""Of a message: lines of less than 4 KB never mix where several processes write."""


def main(folder: Path) -> None:
    """Train as the order in `folder` says, and tell how it ended."""
    with processes_joined():
        try:
            result = _train(read_order(folder))
        except StopRequestedError as stop:
            _say("stopped", message=str(stop))
        except Exception as error:  # noqa: BLE001 — whatever it is, the starter must hear of it
            traceback.print_exc()
            _say("failed", message=str(error)[:MOST_CHARACTERS], reason=_reason(error))
            # The others wait for this one, so there is no orderly way to leave them.
            os._exit(1)
        else:
            if is_first():
                _say("done", sha256=result.sha256, health=result.health.to_json())


def _train(order: Order) -> GeneratorResult:
    pack = open_pack(order.pack)
    return train_generator(
        pack,
        order.rows,
        order.targets,
        order.class_count,
        pack.shape,
        order.config,
        order.seed,
        order.folder,
        warm_start=order.warm_start,
        class_names=order.class_names,
        reference=_reference(order, pack) if is_first() else None,
        on_event=_tell if is_first() else lambda event: None,
        should_stop=_input_ended() if is_first() else lambda: False,
    )


def _reference(order: Order, pack: Pack) -> Reference | None:
    if order.judge is None:
        return None
    classifier = load_classifier(order.judge.folder)
    features = classifier.features(pack.images[order.judge.rows])
    return Reference(order.judge.network, features, order.judge.classes, classifier.features)


def _input_ended() -> Any:
    over = threading.Event()

    def wait() -> None:
        sys.stdin.buffer.read()
        over.set()

    threading.Thread(target=wait, name="input", daemon=True).start()
    return over.is_set


def _tell(event: EngineEvent) -> None:
    _say(
        "event", kind=event.kind, step=event.step, total=event.total, values=event.values,
        message=event.message, path=event.path and str(event.path),
    )  # fmt: skip


def _reason(error: Exception) -> str:
    """What the program that started the processes does about it."""
    if is_memory_short(error):
        return "memory"
    if isinstance(error, dist.DistError) or "gloo" in str(error).lower():
        return "lost"
    return "own"


def _say(what: str, **values: Any) -> None:
    sys.stdout.write(json.dumps({"told": what, **values}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
