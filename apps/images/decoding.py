"""From received bytes to plain pixels: upright, sRGB or grey, 8 bits, without metadata.

Nothing is believed but the bytes themselves: not the name, not the announced type.
The header is judged before a pixel is decoded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from apps.images.completeness import completeness_check, cut_short, kind_of
from apps.images.parallel import Room
from apps.images.refusals import Reason, Refuse

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
KINDS_IN_WORDS = "JPEG, PNG, WebP, TIFF, BMP or GIF"
ORIENTATION = 0x0112
SNIFFED = 4096
SRGB = ImageCms.createProfile("sRGB")
PIXELS_AT_ONCE = 50_000_000
"""Decoded in one process, some 200 MB; a larger picture has the process for itself."""
_room = Room(PIXELS_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a project takes: shortest side and most pixels."""

    least_side: int
    most_pixels: int


@dataclass(slots=True)
class Decoded:
    """A picture of mode L or RGB, as people will see it.

    `untouched` says that the pixels are those in the file: neither turned, nor
    flattened, nor converted.
    """

    picture: Image.Image
    format: str
    untouched: bool


@contextmanager
def image_decoded(content: bytes, limits: Limits) -> Iterator[Decoded]:
    """One image decoded; of an animation or a set of pages, the first.

    Raises `Refuse` with the reason. Alpha is flattened over white, 16 bits are
    scaled to 8, palettes and CMYK are resolved, colour profiles are applied. Waits
    while other threads hold as many pixels as memory is meant for.
    """
    if not content:
        raise Refuse(Reason.NOT_AN_IMAGE, "The file is empty.")
    with ExitStack() as held:
        with _decoders_fault(content):
            image = held.enter_context(Image.open(io.BytesIO(content), formats=FORMATS))
            _header_check(image, limits)
            completeness_check(content)
            held.enter_context(_room.take(image.width * image.height))
            image.load()
            decoded = _plain(image)
        yield decoded


@contextmanager
def _decoders_fault(content: bytes) -> Iterator[None]:
    """Whatever a decoder raises over hostile bytes costs only their own file."""
    try:
        yield
    except Refuse:
        raise
    except UnidentifiedImageError:
        raise _unidentified(content) from None
    except Image.DecompressionBombError as error:
        raise Refuse(Reason.TOO_MANY_PIXELS, f"Its header announces too much: {error}") from None
    except Exception as error:
        raise _undecodable(content, str(error)) from error


def _header_check(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if width * height > limits.most_pixels:
        raise Refuse(
            Reason.TOO_MANY_PIXELS,
            f"It has {width} by {height}, {width * height:,} pixels;"
            f" the project takes at most {limits.most_pixels:,}.",
        )
    if min(width, height) < limits.least_side:
        raise Refuse(
            Reason.TOO_SMALL,
            f"It is {width} by {height} pixels; the project takes images whose shorter side"
            f" is at least {limits.least_side}.",
        )


def _unidentified(content: bytes) -> Refuse:
    if b"<svg" in content[:SNIFFED].lower():
        return Refuse(Reason.SVG, "SVG is a program that draws, not a picture; send pixels.")
    if kind_of(content):
        return _undecodable(content, "its header cannot be read")
    return Refuse(Reason.NOT_AN_IMAGE, f"It is no {KINDS_IN_WORDS} image, whatever its name says.")


def _undecodable(content: bytes, error: str) -> Refuse:
    try:
        completeness_check(content)
    except Refuse as refuse:
        return refuse
    if "truncated" in error.lower() or cut_short(content):
        return Refuse(Reason.TRUNCATED, "The file ends before the picture does.")
    return Refuse(Reason.CORRUPT, f"It cannot be decoded: {error or 'no reason given'}.")


def _plain(image: Image.Image) -> Decoded:
    format_ = "JPEG" if image.format == "MPO" else str(image.format)
    profile = image.info.get("icc_profile")
    picture = ImageOps.exif_transpose(image) if _turned(image) else image
    coloured = _in_srgb(_opaque(picture), profile)
    plain = coloured if coloured.mode in ("L", "RGB") else coloured.convert("RGB")
    plain.info = {}  # Or Pillow would write some of it into the stored file.
    return Decoded(plain, format_, untouched=plain is image)


def _turned(image: Image.Image) -> bool:
    try:
        return bool(image.getexif().get(ORIENTATION, 1) != 1)
    except Exception:  # noqa: BLE001 — broken EXIF is no reason to turn a good picture away.
        return False


def _opaque(image: Image.Image) -> Image.Image:
    """Eight bits a channel, no palette, no alpha: modes L, RGB, CMYK and other colour spaces."""
    mode = image.mode
    if mode in ("I", "F", "I;16S", "I;32", "I;32B"):
        raise Refuse(
            Reason.UNSUPPORTED_PIXELS,
            "Its pixels are 32-bit or floating-point numbers; send 8 or 16 bits a channel.",
        )
    if mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if mode == "1":
        return image.convert("L")
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        flat = _over_white(image.convert("RGBA"))
        return flat.convert("L") if mode in ("L", "LA", "La") else flat
    return image.convert("RGB") if mode == "P" else image


def _over_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The same colours without the profile; a profile that cannot be applied is left out."""
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    if converted is None:
        return image
    return converted.convert("L") if image.mode == "L" else converted
