"""Jobs that take uploaded files in."""

from __future__ import annotations

from typing import Any

from apps.imports.models import Import
from apps.imports.taking import counts, import_take_in
from ml_engine.config import EngineEvent
from ml_engine.worker.context import JobContext


def import_files(context: JobContext) -> dict[str, Any]:
    """Take in what is left of an import; the refused are named among the refused files."""

    def progress(owner: Import) -> None:
        so_far = counts(owner)
        done, total = min(sum(so_far.values()), owner.total or 0), owner.total or 0
        message = f"{done:,} of {total:,} files"
        context.publish(EngineEvent("progress", done, total, {}, message), **so_far)

    owner = import_take_in(
        claim=context.claim,
        owner=Import.objects.select_related("project").get(pk=context.payload["import"]),
        on_progress=progress,
        should_stop=context.should_stop,
    )
    return {**counts(owner), **owner.found}
