"""What is measured: a bench is a function that returns figures by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.benches.acceptance import acceptance
from config.benches.choosing import OPTIONS as CHOOSING_OPTIONS
from config.benches.choosing import choosing
from config.benches.controller import OPTIONS as CONTROLLER_OPTIONS
from config.benches.controller import controller
from config.benches.crowd import crowd
from config.benches.decision import decision
from config.benches.doubting import OPTIONS as DOUBTING_OPTIONS
from config.benches.doubting import doubting
from config.benches.exporting import OPTIONS as EXPORT_OPTIONS
from config.benches.exporting import export_figures
from config.benches.generator_quality import OPTIONS as GENERATOR_QUALITY_OPTIONS
from config.benches.generator_quality import generator_quality
from config.benches.generators import OPTIONS as GENERATOR_OPTIONS
from config.benches.generators import generators
from config.benches.hostile import hostile
from config.benches.images import OPTIONS as IMAGE_OPTIONS
from config.benches.images import images
from config.benches.ingest import ingest
from config.benches.inversion import OPTIONS as INVERSION_OPTIONS
from config.benches.inversion import inversion
from config.benches.loop import OPTIONS as LOOP_OPTIONS
from config.benches.loop import loop
from config.benches.pages import OPTIONS as PAGE_OPTIONS
from config.benches.pages import pages
from config.benches.queue import OPTIONS, queue
from config.benches.review_page import review_page
from config.benches.safeguards import OPTIONS as SAFEGUARD_OPTIONS
from config.benches.safeguards import safeguards
from config.benches.start import start
from config.benches.studio import OPTIONS as STUDIO_OPTIONS
from config.benches.studio import studio
from config.benches.stylegan import OPTIONS as STYLEGAN_OPTIONS
from config.benches.stylegan import stylegan3
from config.benches.syncing import OPTIONS as SYNC_OPTIONS
from config.benches.syncing import sync

Say = Callable[[str], None]
Option = Mapping[str, Any]
"""What argparse is told of one."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What can be measured, and the options that it takes beside `say`."""

    measure: Callable[..., Mapping[str, float]]
    options: Mapping[str, Option] = field(default_factory=dict)
    hours: bool = False
    """Whether it takes so long that `bench all` goes without."""


BENCHES = {
    "start": Bench(start),
    "queue": Bench(queue, OPTIONS),
    "crowd": Bench(crowd),
    "ingest": Bench(ingest),
    "images": Bench(images, IMAGE_OPTIONS),
    "export": Bench(export_figures, EXPORT_OPTIONS),
    "sync": Bench(sync, SYNC_OPTIONS),
    "hostile": Bench(hostile),
    "acceptance": Bench(acceptance),
    "controller": Bench(controller, CONTROLLER_OPTIONS),
    "safeguards": Bench(safeguards, SAFEGUARD_OPTIONS, hours=True),
    "review-page": Bench(review_page),
    "studio": Bench(studio, STUDIO_OPTIONS),
    "pages": Bench(pages, PAGE_OPTIONS),
    "choosing": Bench(choosing, CHOOSING_OPTIONS),
    "decision": Bench(decision),
    "loop": Bench(loop, LOOP_OPTIONS, hours=True),
    "doubting": Bench(doubting, DOUBTING_OPTIONS),
    "inversion": Bench(inversion, INVERSION_OPTIONS, hours=True),
    "generators": Bench(generators, GENERATOR_OPTIONS),
    "stylegan3": Bench(stylegan3, STYLEGAN_OPTIONS),
    "generator-quality": Bench(generator_quality, GENERATOR_QUALITY_OPTIONS, hours=True),
}
"""By the name that `./manage.py bench` takes. Times are in seconds (`_s`) or milliseconds (`_ms`),
memory in megabytes of a million bytes (`_mb`), rates in images a second (`_per_s`); what a figure
depends on stands behind a dot."""
