"""`bench safeguards`: faulty sources of synthetic images, planted on real data."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.benches.studied import garments, pictures
from config.demo.datasets import digits
from config.report import table

if TYPE_CHECKING:
    from ml_engine.studies.safeguards import Verdict

HEAD = ("source", "decision", "by", "gain in points", "seeds", "models")
OPTIONS: dict[str, dict[str, Any]] = {
    "seed": {"type": int, "default": 0, "metavar": "N", "help": "draws all images anew"},
    "folder": {
        "type": Path,
        "help": "keep every model's answers there, and go on where a study with the same seed was"
        " broken off; without it everything is made anew and removed",
    },
}


def safeguards(
    say: Callable[[str], None], *, seed: int = 0, folder: Path | None = None
) -> Mapping[str, float]:
    """Plant faulty sources of synthetic images on Fashion-MNIST, and see who refuses them.

    300 annotated images; five sources: images of wrong classes, a collapsed generator, copies of
    training images, digits, and real images that were held back, as if a generator had no fault.
    `refused` is 1 where a source is held back by the batch's measures (`held`) or not accepted by
    the controller; `gain_points` is what it is worth on test against real images alone, with the
    interval of the decision. Of a source that is held back the loop would train nothing; here the
    first stage tells what was avoided.
    """
    from ml_engine.studies.safeguards import Study, verdicts

    dataset = garments()
    strange = digits()
    figures: dict[str, float] = {}
    rows = []
    with ExitStack() as stack:
        where = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        study = Study(
            pictures(dataset.train, dataset.size),
            pictures(dataset.test, dataset.size),
            pictures(strange.train, dataset.size),
            class_count=len(dataset.classes),
            seed=seed,
            folder=where / f"seed-{seed}",
        )
        for source, verdict in verdicts(study):
            figures |= _figures(source, verdict)
            rows.append(_row(source, verdict))
            say(f"{source}: {' · '.join(rows[-1][1:])}")
    say(table(HEAD, rows))
    return figures


def _figures(source: str, verdict: Verdict) -> dict[str, float]:
    found = verdict.confirmation
    return {
        f"refused.{source}": float(not verdict.accepted),
        f"held.{source}": float(bool(verdict.held_by)),
        f"gain_points.{source}": 100 * found.gain,
        f"gain_points_low.{source}": 100 * found.low,
        f"gain_points_high.{source}": 100 * found.high,
        f"seeds.{source}": float(found.seeds),
    }


def _row(source: str, verdict: Verdict) -> tuple[str, ...]:
    found = verdict.confirmation
    by = ", ".join(verdict.held_by) if verdict.held_by else "the controller"
    gain = f"{100 * found.gain:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
    decision = "accepted" if verdict.accepted else "refused"
    return source, decision, by, gain, str(found.seeds), str(verdict.trained)
