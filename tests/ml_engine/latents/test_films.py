from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ml_engine.config import TRAINED_ALGORITHMIC_MEDIA
from ml_engine.latents.films import KINDS, film, strip

FRAMES = 5


def pictures(channels: int, size: int = 32) -> np.ndarray:
    """A bright square that moves over a ramp."""
    ramp = np.linspace(0, 120, size).astype(np.uint8)
    images = np.tile(ramp, (FRAMES, channels, size, 1))
    for number, image in enumerate(images):
        image[-1, 8:24, 4 * number : 4 * number + 12] = 250
    return images


def frames_of(content: bytes, kind: str) -> list[np.ndarray]:
    """As (H, W, 3), reduced to the size that they had."""
    if kind == "webm":
        stills = [Image.open(io.BytesIO(still)) for still in stills_of(content)]
    else:
        stills = ImageSequence.all_frames(Image.open(io.BytesIO(content)))
    small = (still.convert("RGB").resize((32, 32), Image.Resampling.BOX) for still in stills)
    return [np.asarray(still) for still in small]


def stills_of(content: bytes) -> list[bytes]:
    """What lies in a WebM's blocks, each as a WebP file of its own."""
    found, at, holders = [], 0, {b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"}
    while at < len(content):
        width = 8 - content[at].bit_length() + 1
        name, at = content[at : at + width], at + width
        length = int.from_bytes(content[at + 1 : at + 8], "big")
        at += 8
        if name == b"\xa3":
            vp8 = content[at + 4 : at + length]
            chunk = b"WEBPVP8 " + struct.pack("<I", len(vp8)) + vp8 + b"\0" * (len(vp8) % 2)
            found.append(b"RIFF" + struct.pack("<I", len(chunk)) + chunk)
        if name not in holders:
            at += length
    return found


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("channels", [1, 3])
def test_a_film_shows_every_image_and_says_that_it_was_generated(kind, channels):
    images = pictures(channels)
    content = film(images, kind, rate=10)
    assert content == film(images, kind, rate=10)
    assert TRAINED_ALGORITHMIC_MEDIA.encode() in content
    frames = frames_of(content, kind)
    assert len(frames) == FRAMES
    truth = np.broadcast_to(images.transpose(0, 2, 3, 1), (FRAMES, 32, 32, 3)).astype(float)
    allowed = 4 if kind == "webm" else 1 if channels == 3 and kind == "gif" else 0
    assert np.abs(np.stack(frames) - truth).mean() <= allowed


def test_films_keep_their_time():
    content = film(pictures(1), "webp", rate=10)
    assert Image.open(io.BytesIO(content)).info["loop"] == 0
    gif = Image.open(io.BytesIO(film(pictures(1), "gif", rate=10)))
    assert gif.info["duration"] == 100
    # Of a whole minute, each of whose clusters holds half of it.
    long = film(np.tile(pictures(1), (120, 1, 1, 1)), "webm", rate=10)
    assert len(stills_of(long)) == 600
    assert long.count(b"\x1f\x43\xb6\x75") == 2


def test_a_strip_is_marked_and_has_its_rows():
    content = strip(np.concatenate([pictures(1), pictures(1)]), columns=5)
    image = Image.open(io.BytesIO(content))
    assert image.size == (160, 64)
    assert TRAINED_ALGORITHMIC_MEDIA.encode() in content
    assert (np.asarray(image)[:32, :32] == pictures(1)[0, 0]).all()


def test_what_makes_no_film_is_told():
    with pytest.raises(ValueError, match="gif, webp, webm, not 'avi'"):
        film(pictures(1), "avi")
    with pytest.raises(ValueError, match="50 images a second, not 80"):
        film(pictures(1), "gif", rate=80)
    with pytest.raises(ValueError, match="needs an image"):
        film(pictures(1)[:0], "gif")
    with pytest.raises(ValueError, match="do not fill rows of 4"):
        strip(pictures(1), columns=4)
