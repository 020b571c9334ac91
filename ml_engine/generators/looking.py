"""Looking at what a generator draws: a sheet for people, and its health."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ml_engine.config import EngineEvent
from ml_engine.distributed import is_first
from ml_engine.generators.health import Health, Reference, examine
from ml_engine.generators.parts.sheets import save_sheet
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.randomness import normal

SHEET_COLUMNS = 10


class Drawing(Protocol):
    """The part of a `Generator` that draws."""

    class_count: int
    latent_size: int

    def sample(
        self, latents: NDArray[np.float32], classes: NDArray[np.int64]
    ) -> NDArray[np.uint8]: ...


def show_sheet(network: Drawing, fit: GeneratorFit, done: int, steps: int) -> None:
    """One row a class, the same latents in every row and at every moment."""
    rows = network.class_count
    z = normal((SHEET_COLUMNS, network.latent_size), fit.seed, "sheet").numpy()
    images = network.sample(np.tile(z, (rows, 1)), np.arange(rows).repeat(SHEET_COLUMNS))
    path = fit.folder / "samples" / f"step_{done:06d}.png"
    save_sheet(images, SHEET_COLUMNS, path)
    fit.on_event(EngineEvent("samples", done, steps, {}, path=path))


def health_of(
    network: Drawing, reference: Reference | None, fit: GeneratorFit, done: int
) -> Health:
    """Its health after `done` steps, always on the same latents."""

    def draw(classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        size = (len(classes), network.latent_size)
        return network.sample(normal(size, fit.seed, "health").numpy(), classes)

    return examine(reference, draw, done, fit.seed, fit.class_names)


def look_once(network: Drawing, fit: GeneratorFit) -> Health:
    """For a family without steps: a sheet, the health, and the alarm where images collapsed."""
    if not is_first():
        return Health(0)
    show_sheet(network, fit, 0, 0)
    health = health_of(network, fit.reference and fit.reference.part(fit.seed), fit, 0)
    if health.collapsed:
        fit.on_event(EngineEvent("alarm", 0, 0, {}, health.reason))
    return health
