"""Which worker does what, and what it must never weigh."""

from __future__ import annotations

import errno

import pytest

from ml_engine.memory import MemoryShortError
from ml_engine.worker.tasks import HANDLERS, handler_of, sentence
from ml_engine.writing import DiskFullError


@pytest.mark.parametrize("kind", [kind for kinds in HANDLERS.values() for kind in kinds])
def test_every_kind_has_what_does_it(kind: str) -> None:
    assert callable(handler_of(kind))


def test_a_kind_belongs_to_one_queue() -> None:
    kinds = [kind for kinds in HANDLERS.values() for kind in kinds]
    assert len(set(kinds)) == len(kinds)
    with pytest.raises(LookupError, match="does not know jobs of kind 'dance'"):
        handler_of("dance")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DiskFullError("There is no room in /runs."), "There is no room in /runs."),
        (MemoryShortError("The memory does not suffice for batches of 8 images."), "batches of 8"),
        (OSError(errno.ENOSPC, "No space", "/runs/1/x"), "disk is full, where /runs/1/x was to be"),
        (MemoryError(), "Choose a smaller batch"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "Choose a smaller batch"),
        (KeyError(), "KeyError"),
    ],
)
def test_an_error_becomes_a_sentence(error: Exception, said: str) -> None:
    assert said in sentence(error)
