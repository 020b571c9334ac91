"""Which images of a project nearly equal which, by perceptual hash and then by pixels.

The hash alone calls many small pictures of one kind alike: of Fashion-MNIST's, one in nine
has a stranger within 3 bits, one in fourteen of those pairs not even of one class. So
a pair counts only if grey copies of both correlate, too.

The search is multi-index hashing (Norouzi et al. 2012): of four bands of 16 bits, hashes
that differ in at most 3 bits agree in one wholly, and such that differ in at most 7 agree in one
up to a single bit. Each band has an index, so that nothing near is missed, unless
there is more of it than `MOST_COMPARED`.
"""

# ruff: noqa: S608 — statements are put together from what this file names; values are bound.

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from apps.images.quality.measuring import BANDS, COPY_BYTES

LEAST_CORRELATION = 0.99
"""Of two grey copies (Pearson's). Of Fashion-MNIST's pairs within 3 bits, none that passes is
of two classes; of photographs, those that were compressed, scaled or brightened again pass."""
LEAST_CONTRAST = 2.0
"""Standard deviation of luminance, of 255. A copy with less shows nothing: it resembles none."""
BAND_BITS = 16
FETCHED = 10_000
"""Pairs whose pixels are compared at a time."""
MOST_COMPARED = 100
"""Of more images near one, as a video's frames are, so many of the nearest are looked at."""

_BANDS = " OR ".join(
    f"((measures.perceptual_hash >> {BAND_BITS * band}) & 65535)"
    f" = ANY(ARRAY(SELECT ((asked.hash >> {BAND_BITS * band}) & 65535) # flip"
    " FROM unnest(%(flips)s::bigint[]) flip))"
    for band in range(BANDS)
)
_NEAR = f"""
SELECT asked.place - 1, measures.image_id, measures.grey_copy
FROM unnest(%(hashes)s::bigint[]) WITH ORDINALITY asked (hash, place)
JOIN LATERAL (
    SELECT image_id, grey_copy FROM images_qualitymeasures measures
    WHERE measures.project_id = %(project)s AND ({_BANDS})
    AND bit_count((measures.perceptual_hash # asked.hash)::bit(64)) <= %(most)s
    ORDER BY bit_count((measures.perceptual_hash # asked.hash)::bit(64)), image_id
    LIMIT {MOST_COMPARED}
) measures ON true
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What an image resembles others by."""

    perceptual_hash: int
    grey_copy: bytes


def images_alike(
    project_id: int, looks: Sequence[Look], most_bits: int
) -> Iterator[tuple[int, int]]:
    """(place among `looks`, image id) of each pair that nearly equals, by place and then id."""
    if not looks:
        return
    flips = [0] if most_bits < BANDS else [0, *(1 << bit for bit in range(BAND_BITS))]
    copies = _standardised([look.grey_copy for look in looks])
    with connection.cursor() as cursor:
        cursor.execute(
            _NEAR,
            {
                "project": project_id,
                "hashes": [look.perceptual_hash for look in looks],
                "flips": flips,
                "most": most_bits,
            },
        )
        while rows := cursor.fetchmany(FETCHED):
            yield from _confirmed(rows, copies)


def looks_alike(looks: Sequence[Look], most_bits: int) -> Iterator[tuple[int, int]]:
    """(place, earlier place) of each pair of `looks` that nearly equals, by place."""
    hashes = np.array([look.perceptual_hash for look in looks], np.int64).view(np.uint64)
    bits = np.bitwise_count(hashes[:, None] ^ hashes[None])
    later, earlier = np.nonzero(np.tril(bits <= most_bits, -1))
    copies = _standardised([look.grey_copy for look in looks])
    alike = _correlations(copies[later], copies[earlier]) >= LEAST_CORRELATION
    yield from zip(later[alike].tolist(), earlier[alike].tolist(), strict=True)


def correlation_of(one: bytes, other: bytes) -> float:
    """How far two grey copies agree: Pearson's correlation, 0 where one shows nothing."""
    a, b = _standardised([one, other])
    return float(a @ b)


def _confirmed(
    rows: Sequence[tuple[Any, ...]], copies: NDArray[np.float32]
) -> Iterator[tuple[int, int]]:
    places = np.array([row[0] for row in rows])
    found = _standardised([bytes(row[2]) for row in rows])
    for row, correlation in zip(rows, _correlations(copies[places], found), strict=True):
        if correlation >= LEAST_CORRELATION:
            yield row[0], row[1]


def _standardised(copies: Sequence[bytes]) -> NDArray[np.float32]:
    """Each (N, 256) with mean 0 and length 1; all 0 of those that show nothing."""
    pixels = np.frombuffer(b"".join(copies), np.uint8).reshape(-1, COPY_BYTES).astype(np.float32)
    centred = pixels - pixels.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    shows_something = lengths >= LEAST_CONTRAST * np.sqrt(COPY_BYTES)
    standardised: NDArray[np.float32] = np.where(
        shows_something, centred / np.maximum(lengths, 1e-6), 0.0
    ).astype(np.float32)
    return standardised


def _correlations(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    products: NDArray[np.float32] = np.einsum("ij,ij->i", a, b)
    return products
