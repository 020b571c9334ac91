"""Which worker does what, and what it must never weigh."""

from __future__ import annotations

import pytest

from ml_engine.worker.tasks import HANDLERS, handler_of


@pytest.mark.parametrize("kind", [kind for kinds in HANDLERS.values() for kind in kinds])
def test_every_kind_has_what_does_it(kind: str) -> None:
    assert callable(handler_of(kind))


def test_a_kind_belongs_to_one_queue() -> None:
    kinds = [kind for kinds in HANDLERS.values() for kind in kinds]
    assert len(set(kinds)) == len(kinds)
    with pytest.raises(LookupError, match="does not know jobs of kind 'dance'"):
        handler_of("dance")
