"""A generator that the studio can walk in, and a studio worker in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from apps.generation.studio import wire
from apps.projects.models import Project
from apps.training.models import Checkpoint
from tests.generation.making import generator_made


@pytest.fixture
def generator(project: Project) -> Checkpoint:
    return generator_made(project)


@pytest.fixture
def studio_worker() -> Iterator[None]:
    """Draws until the test ends, as the process does; needs `django_db(transaction=True)`."""
    from ml_engine.worker.studio import serving

    over = threading.Event()

    def work() -> None:
        serving.draw_until(over)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()
    wire._client().flushdb()
