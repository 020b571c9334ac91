"""The jobs that freeze a version of the dataset, and that export one."""

from __future__ import annotations

from typing import Any

from apps.datasets.exports import export_make
from apps.datasets.models import Export
from apps.datasets.selection import Selection
from apps.datasets.services import version_freeze
from apps.loops.selectors import decision_list
from apps.projects.models import Project
from ml_engine.config import EngineEvent
from ml_engine.worker.context import JobContext


def freeze_version(context: JobContext) -> dict[str, Any]:
    """Write the manifest of the dataset as it is now."""
    context.publish(EngineEvent("progress", 0, 1, {}, "Listing the images"))
    version, is_new = version_freeze(
        claim=context.claim,
        project=context.project,
        selection=Selection.from_json(context.payload["selection"]),
        note=context.payload["note"],
        facts={"decisions": decisions(context.project)},
        actor=context.job.created_by,
        should_stop=context.should_stop,
    )
    return {"version": version.number, "sha256": version.sha256, "new": is_new}


def export_dataset(context: JobContext) -> dict[str, Any]:
    """Write a version as one archive."""
    export = export_make(
        claim=context.claim,
        export=Export.objects.select_related("version__project").get(pk=context.payload["export"]),
        on_event=context.publish,
        should_stop=context.should_stop,
    )
    return {"export": export.pk, "sha256": export.sha256, "bytes": export.byte_size}


def decisions(project: Project) -> list[dict[str, Any]]:
    """What was decided about the ratio, newest first: which mixes were in use, and why."""
    return [
        {
            "round": decision.round.number,
            "outcome": decision.outcome,
            "ratio": decision.mix.ratio,
            "reason": decision.reason,
        }
        for decision in decision_list(project)[:20]
    ]
