"""The one Celery task: claim a job, do it, end it."""

from __future__ import annotations

import errno
import logging
import os
import socket
import traceback
from collections.abc import Callable
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import celeryd_after_setup
from django.utils.module_loading import import_string

from apps.jobs import services as jobs
from apps.jobs.broker import TASK_NAME
from apps.jobs.models import Job
from ml_engine.config import StopRequestedError
from ml_engine.worker import presence
from ml_engine.worker.context import JobContext

logger = logging.getLogger(__name__)
presence.keep()

Handler = Callable[[JobContext], dict[str, Any]]
HANDLERS: dict[str, dict[str, str]] = {
    Job.Queue.GPU: {
        "train_classifier": "training.train_classifier",
        "train_generator": "training.train_generator",
        "learn_features": "features.learn_features",
        "score": "scoring.score",
        "generate": "generation.generate",
        "agree": "refinement.agree",
        "report_refinement": "refinement.report_refinement",
        "choose_arms": "deciding.choose_arms",
        "evaluate_round": "deciding.evaluate_round",
        "answer_as_oracle": "oracle.answer_as_oracle",
        "keep_pictures": "studio.keeping.keep_pictures",
        "find_directions": "studio.searching.find_directions",
        "invert_image": "studio.inverting.invert_image",
    },
    Job.Queue.CPU: {
        "freeze_version": "exporting.freeze_version",
        "export_dataset": "exporting.export_dataset",
        "fetch_urls": "fetching.fetch_urls",
        "import_files": "importing.import_files",
        "sync_place": "syncing.sync_place",
        "apply_quality": "quality.apply_quality",
        "part_images": "splits.part_images",
        "mend_groups": "splits.mend_groups",
        "judge": "truth.judge",
    },
}
"""By queue and kind: what runs networks, and what must not import torch."""


@celeryd_after_setup.connect(weak=False)
def preload(instance: Any, **_: Any) -> None:
    """Import before the fork what every job of this worker's queues needs, and nothing else.

    Torch alone is 1.2 s and 300 MB, which a worker that only moves images never pays.
    """
    queues = instance.app.amqp.queues.consume_from
    for name in queues:
        for handler in HANDLERS.get(name, {}).values():
            import_string(f"ml_engine.worker.{handler}")
    if Job.Queue.GPU in queues:
        from ml_engine.devices import repeatable

        with repeatable(threads=1):
            pass  # torch imports more when this is first asked of it


def handler_of(kind: str) -> Handler:
    """What does jobs of a kind. Raises LookupError for one that is not known."""
    for handlers in HANDLERS.values():
        if kind in handlers:
            handler: Handler = import_string(f"ml_engine.worker.{handlers[kind]}")
            return handler
    raise LookupError(f"This worker does not know jobs of kind {kind!r}.")


@shared_task(name=TASK_NAME)
def run(job_id: str) -> None:
    """Do the job if nobody else has it."""
    claim = jobs.job_claim(job_id=UUID(job_id), worker=f"{socket.gethostname()}:{os.getpid()}")
    if claim is None:
        logger.info("job %s is not waiting any more", job_id)
        return
    job = Job.objects.select_related("project").get(pk=claim.job_id)
    try:
        with JobContext(claim, job) as context:
            _do(context)
    except jobs.Fenced:
        logger.warning("job %s is held by another attempt; this one wrote nothing more", job_id)


def _do(context: JobContext) -> None:
    try:
        result = handler_of(context.job.kind)(context)
    except StopRequestedError:
        _stop(context)
    except jobs.Fenced:
        raise
    except Exception as error:
        logger.exception("job %s (%s) failed", context.job.pk, context.job.kind)
        jobs.job_fail(claim=context.claim, error=sentence(error), traceback=traceback.format_exc())
    else:
        jobs.job_succeed(claim=context.claim, result=result)


def _stop(context: JobContext) -> None:
    """Stopped on demand: cancelled by a person, or left by its worker and to be taken up again."""
    if context.fenced:
        raise jobs.Fenced
    if context.cancelled:
        jobs.job_stop(claim=context.claim)
    else:
        jobs.job_release(claim=context.claim)


def sentence(error: Exception) -> str:
    """What went wrong and what to do, for the person who reads the job's page."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        where = f", where {error.filename} was to be written" if error.filename else ""
        return f"The disk is full{where}. Free some space, then retry; it goes on where it was."
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "The memory did not suffice. Choose a smaller batch or network, then retry."
    return str(error) or type(error).__name__
