"""WebM without a video library: a film whose every image is a key frame.

What a lossy WebP file holds is one key frame of VP8 (RFC 9649, §2.5), so Pillow encodes the
images, and what is left to do is to put them into a container (Matroska, RFC 9559; WebM's part of
it). Without frames that tell only what has moved the file is larger, and one can go to any image.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ml_engine.config import TRAINED_ALGORITHMIC_MEDIA

CLUSTER_MS = 30_000
"""A block's time is 16 bits of milliseconds within its cluster."""
WRITER = "Assay"
KEY_FRAME = 0x80
VP8 = b"VP8 "


def webm_of_webp(stills: Sequence[bytes], rate: float, size: tuple[int, int]) -> bytes:
    """A film of simple lossy WebP files of one size (width, height), `rate` a second.

    Raises `ValueError` for a file that is no simple lossy WebP.
    """
    frames = [_key_frame(still) for still in stills]
    times = [round(number * 1000 / rate) for number in range(len(frames) + 1)]
    clusters = _clusters(frames, times)
    before = _information(times[-1]) + _tracks(rate, size) + _tags()
    starts = [start for start, _ in clusters]
    # The index's own length does not depend on the places that it tells.
    place = len(before) + len(_index(starts, [0] * len(starts)))
    places = []
    for _, cluster in clusters:
        places.append(place)
        place += len(cluster)
    content = before + _index(starts, places) + b"".join(cluster for _, cluster in clusters)
    return _head() + _element(0x18538067, content)


def _key_frame(still: bytes) -> bytes:
    """The VP8 frame of a WebP file."""
    if still[:4] != b"RIFF" or still[8:16] != b"WEBP" + VP8:
        raise ValueError(f"A file that begins with {still[:16]!r} is no simple lossy WebP.")
    (length,) = struct.unpack_from("<I", still, 16)
    return still[20 : 20 + length]


def _clusters(frames: list[bytes], times: list[int]) -> list[tuple[int, bytes]]:
    """Blocks of up to half a minute each, with the times at which they begin."""
    held: dict[int, list[bytes]] = {}
    start = 0
    for frame, time in zip(frames, times, strict=False):
        if time - start >= CLUSTER_MS:
            start = time
        block = b"\x81" + struct.pack(">hB", time - start, KEY_FRAME) + frame
        held.setdefault(start, []).append(_element(0xA3, block))
    return [
        (start, _element(0x1F43B675, _number(0xE7, start) + b"".join(blocks)))
        for start, blocks in held.items()
    ]


def _head() -> bytes:
    return _element(
        0x1A45DFA3,
        _number(0x4286, 1) + _number(0x42F7, 1) + _number(0x42F2, 4) + _number(0x42F3, 8)
        + _element(0x4282, b"webm") + _number(0x4287, 2) + _number(0x4285, 2),
    )  # fmt: skip


def _information(milliseconds: int) -> bytes:
    return _element(
        0x1549A966,
        _number(0x2AD7B1, 1_000_000)
        + _element(0x4489, struct.pack(">d", milliseconds))
        + _element(0x4D80, WRITER.encode())
        + _element(0x5741, WRITER.encode()),
    )


def _tracks(rate: float, size: tuple[int, int]) -> bytes:
    width, height = size
    video = _element(0xE0, _number(0xB0, width) + _number(0xBA, height))
    track = (
        _number(0xD7, 1) + _number(0x73C5, 1) + _number(0x83, 1) + _number(0x9C, 0)
        + _element(0x86, b"V_VP8") + _number(0x23E383, round(1e9 / rate)) + video
    )  # fmt: skip
    return _element(0x1654AE6B, _element(0xAE, track))


def _tags() -> bytes:
    """The mark that it was generated."""
    name = _element(0x45A3, b"DIGITAL_SOURCE_TYPE")
    said = name + _element(0x4487, TRAINED_ALGORITHMIC_MEDIA.encode())
    return _element(0x1254C367, _element(0x7373, _element(0x63C0, b"") + _element(0x67C8, said)))


def _index(starts: list[int], places: list[int]) -> bytes:
    """Where each cluster lies, for players that are to jump."""
    points = (
        _element(
            0xBB,
            _number(0xB3, start) + _element(0xB7, _number(0xF7, 1) + _number(0xF1, place)),
        )
        for start, place in zip(starts, places, strict=True)
    )
    return _element(0x1C53BB6B, b"".join(points))


def _number(identifier: int, value: int) -> bytes:
    return _element(identifier, struct.pack(">Q", value))


def _element(identifier: int, content: bytes) -> bytes:
    """Its name, its length in eight bytes (RFC 8794, §4), what it holds."""
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    return name + struct.pack(">Q", len(content) | 1 << 56) + content
