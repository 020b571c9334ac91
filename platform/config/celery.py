"""The Celery application: the broker only rings; the database is the truth."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from billiard.util import set_pdeathsig  # type: ignore[attr-defined]
from celery import Celery
from celery.signals import task_prerun, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

GIVE_BACK_SECONDS = 5.0
"""How long a job whose worker was killed has to write a checkpoint and give itself back."""


def broker_url(valkey_url: str) -> str:
    """Kombu's name for the address that redis-py takes."""
    return valkey_url.replace("unix://", "redis+socket://").replace("valkey://", "redis://")


app = Celery("assay")
app.conf.update(
    broker_url=broker_url(settings.VALKEY_URL),
    include=["ml_engine.worker.tasks"],
    task_ignore_result=True,
    task_default_queue="cpu",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 30},
    worker_prefetch_multiplier=1,
    # A job's process ends with the job, so that GPU memory is freed.
    worker_max_tasks_per_child=1,
    worker_hijack_root_logger=False,
    # Jobs go on while the broker is away.
    worker_cancel_long_running_tasks_on_connection_loss=False,
)


@worker_process_init.connect(weak=False)
def outlive_worker_briefly(**_: Any) -> None:
    """Replace Celery's rule that a job's process is killed in the instant in which its worker dies.

    The job notices by itself that it is orphaned (`ml_engine.worker.context`).
    """
    busy = threading.Event()
    task_prerun.connect(lambda **_: busy.set(), weak=False)
    try:
        set_pdeathsig(0)
    except OSError:
        return  # no Linux: there is no such rule
    threading.Thread(
        target=_end_after_worker, args=(os.getppid(), busy), name="orphan", daemon=True
    ).start()


def _end_after_worker(worker: int, busy: threading.Event) -> None:
    while os.getppid() == worker:
        time.sleep(0.2)
    if busy.is_set():
        time.sleep(GIVE_BACK_SECONDS)
    os._exit(1)
