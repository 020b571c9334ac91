"""Jobs that sync places."""

from __future__ import annotations

from typing import Any

from apps.imports.models import Import
from apps.imports.syncing import place_sync
from ml_engine.config import EngineEvent
from ml_engine.worker.context import JobContext

COUNTS = ("accepted", "duplicates", "refused", "unchanged", "changed")


def sync_place(context: JobContext) -> dict[str, Any]:
    """Take in what is new or changed at a place."""

    def progress(done: int, before: int) -> None:
        message = f"{done:,} of {before:,} files" if done <= before else f"{done:,} files"
        # How many there are is known only of a place that was synced before.
        step = done if done <= before else 0
        context.publish(EngineEvent("progress", step, before, {}, message))

    syncs = Import.objects.select_related("project", "place")
    sync = place_sync(
        claim=context.claim,
        sync=syncs.get(pk=context.payload["import"]),
        on_progress=progress,
        should_stop=context.should_stop,
    )
    return {name: getattr(sync, name) for name in COUNTS}
