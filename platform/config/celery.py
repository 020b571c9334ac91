"""The Celery application: the broker only rings; the database is the truth."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings


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
