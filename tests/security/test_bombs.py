"""Bombs cost little memory and little time."""

from __future__ import annotations

import io
import resource
import time

import pytest

from apps.images.archives import file_sources
from apps.images.canonical import image_canonicalise
from apps.images.decoding import Limits
from apps.images.refusals import Refuse
from apps.images.sources import Source
from config.benches.hostile import archives, pictures

LIMITS = Limits(least_side=16, most_pixels=1_000_000)
MOST_KILOBYTES = 300_000
MOST_SECONDS = 5.0


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", [pictures, archives], ids=["pictures", "archives"])
def test_a_bomb_does_not_go_off(kind: object) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, content in kind.bombs():  # type: ignore[attr-defined]
        began = time.process_time()
        for source in file_sources(name, io.BytesIO(content)):
            if isinstance(source, Source):
                try:
                    taken = image_canonicalise(source.read(), LIMITS)
                except Refuse:
                    continue
                assert taken.width * taken.height <= LIMITS.most_pixels
        assert time.process_time() - began < MOST_SECONDS, name
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < MOST_KILOBYTES, f"{grown:,} kB"
