"""Hostile and odd files, each made here."""

from __future__ import annotations

import struct

import pytest
from PIL import ExifTags, Image, ImageCms

from apps.images.decoding import Limits, image_decoded
from apps.images.refusals import Reason, Refuse
from tests.images.pictures import encoded, picture, png_that_announces

LIMITS = Limits(least_side=16, most_pixels=1_000_000)
PHOTO = picture(1, (64, 48), "RGB").resize((160, 120))


def decode(content: bytes, limits: Limits = LIMITS) -> Image.Image:
    with image_decoded(content, limits) as decoded:
        return decoded.picture


def reason(content: bytes) -> Reason:
    with pytest.raises(Refuse) as caught:
        decode(content)
    assert caught.value.detail.endswith((".", "whatever its name says."))
    return caught.value.reason


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_every_lossless_format_gives_the_same_pixels(format_: str) -> None:
    image = picture(size=(40, 30))
    options = {"lossless": True} if format_ == "WEBP" else {}
    assert decode(encoded(image, format_, **options)).convert("L").tobytes() == image.tobytes()


def test_a_jpeg_decodes() -> None:
    assert decode(encoded(PHOTO, "JPEG", quality=90)).size == PHOTO.size


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("L", (20, 20), shade) for shade in range(0, 250, 5)]
    for format_ in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if format_ == "WEBP" else {}
        content = encoded(frames[3], format_, save_all=True, append_images=frames[4:], **options)
        assert decode(content).convert("L").getextrema() == (15, 15), format_


@pytest.mark.parametrize("kept", [3, 40, 200, 0.3, 0.6, 0.9, -10, -2, -1])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_anywhere_is_truncated(kept: float, progressive: bool) -> None:
    whole = encoded(PHOTO, "JPEG", quality=90, progressive=progressive)
    end = int(len(whole) * kept) if isinstance(kept, float) else kept
    assert reason(whole[:end]) is Reason.TRUNCATED


@pytest.mark.parametrize("kept", [9, 20, 40, 0.5, 0.95, -12, -4, -1])
def test_a_png_cut_anywhere_is_truncated(kept: float) -> None:
    whole = encoded(PHOTO)
    end = int(len(whole) * kept) if isinstance(kept, float) else kept
    assert reason(whole[:end]) is Reason.TRUNCATED


@pytest.mark.parametrize("format_", ["WEBP", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_other_formats_cut_short_are_truncated(format_: str, kept: float) -> None:
    whole = encoded(PHOTO, format_)
    assert reason(whole[: int(len(whole) * kept)]) is Reason.TRUNCATED


def test_a_flipped_bit_in_a_png_is_corrupt() -> None:
    whole = bytearray(encoded(PHOTO))
    whole[len(whole) // 2] ^= 1
    assert reason(bytes(whole)) is Reason.CORRUPT


def test_a_jpeg_with_a_broken_structure_is_corrupt() -> None:
    whole = encoded(PHOTO, "JPEG")
    assert reason(whole[:20] + b"\x00" * 40 + whole[60:]) is Reason.CORRUPT


def test_noise_after_a_known_beginning_is_corrupt() -> None:
    assert reason(b"GIF89a" + bytes(range(200)) + b";") is Reason.CORRUPT


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"a,b,c\n1,2,3\n", b"<html><script>alert(1)</script></html>", b"%PDF-1.7 ...",
     b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"MZ\x90\x00" + bytes(500)],
)  # fmt: skip
def test_what_is_no_image_is_not_one(content: bytes) -> None:
    assert reason(content) is Reason.NOT_AN_IMAGE


def test_a_format_that_is_not_on_the_list_is_not_taken() -> None:
    assert reason(encoded(PHOTO, "ICO", sizes=[(32, 32)])) is Reason.NOT_AN_IMAGE


@pytest.mark.parametrize("before", ["", '<?xml version="1.0"?>\n<!-- a -->\n', "\ufeff  \n"])
def test_an_svg_is_named_whatever_it_is_called(before: str) -> None:
    content = before + '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    assert reason(content.encode()) is Reason.SVG


def test_a_bomb_is_refused_by_its_header() -> None:
    assert reason(png_that_announces(50_000, 50_000)) is Reason.TOO_MANY_PIXELS
    assert reason(png_that_announces(1001, 1000)) is Reason.TOO_MANY_PIXELS
    huge = b"BM" + struct.pack("<IHHIIiiHH", 200, 0, 0, 54, 40, 30_000, 30_000, 1, 24) + bytes(160)
    assert reason(huge) is Reason.TOO_MANY_PIXELS


def test_a_gif_frame_beyond_its_screen_counts() -> None:
    content = bytearray(encoded(picture(size=(20, 20)), "GIF"))
    frame = content.index(b"\x2c\x00\x00\x00\x00")
    content[frame + 5 : frame + 9] = struct.pack("<HH", 60_000, 60_000)
    assert reason(bytes(content)) is Reason.TOO_MANY_PIXELS


def test_the_least_side_is_a_limit_for_both_sides() -> None:
    assert reason(encoded(picture(size=(15, 200)))) is Reason.TOO_SMALL
    assert reason(encoded(picture(size=(200, 15)))) is Reason.TOO_SMALL
    assert decode(encoded(picture(size=(16, 16)))).size == (16, 16)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied(format_: str, orientation: int) -> None:
    upright = Image.new("RGB", (40, 24), "white")
    upright.paste("red", (0, 0, 20, 12))
    upright.paste("blue", (20, 0, 40, 12))
    inverse = {
        1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4,
    }[orientation]  # fmt: skip
    stored = upright if inverse is None else upright.transpose(Image.Transpose(inverse))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    shown = decode(encoded(stored, format_, exif=exif, quality=95))
    assert shown.size == (40, 24)
    red, blue, white = (shown.getpixel(at) for at in [(5, 5), (35, 5), (5, 20)])
    assert (red[0] > 200, red[2] < 60) == (True, True)
    assert (blue[2] > 200, blue[0] < 60) == (True, True)
    assert min(white) > 240


def test_sixteen_bits_are_scaled_to_eight() -> None:
    deep = Image.new("I;16", (20, 20), 0x80FF)
    for format_ in ("PNG", "TIFF"):
        assert decode(encoded(deep, format_)).getextrema() == (0x80, 0x80)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pixels_of_32_bits_are_refused(mode: str) -> None:
    assert reason(encoded(Image.new(mode, (20, 20)), "TIFF")) is Reason.UNSUPPORTED_PIXELS


def test_alpha_is_flattened_over_white() -> None:
    half = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    half.paste((10, 20, 30, 255), (0, 0, 10, 20))
    shown = decode(encoded(half))
    assert (shown.getpixel((2, 2)), shown.getpixel((15, 2))) == ((10, 20, 30), (255, 255, 255))


def test_a_transparent_palette_is_flattened_and_a_plain_one_resolved() -> None:
    image = Image.new("P", (20, 20), 1)
    image.putpalette([255, 0, 0, 0, 200, 0])
    assert decode(encoded(image)).getpixel((0, 0)) == (0, 200, 0)
    assert decode(encoded(image, transparency=1)).getpixel((0, 0)) == (255, 255, 255)


def test_grey_with_alpha_and_bilevel_stay_grey() -> None:
    assert decode(encoded(Image.new("LA", (20, 20), (7, 255)))).getpixel((0, 0)) == 7
    assert decode(encoded(Image.new("1", (20, 20), 1))).getpixel((0, 0)) == 255


def test_cmyk_becomes_rgb() -> None:
    shown = decode(encoded(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG", quality=95))
    red, green, blue = shown.getpixel((5, 5))
    assert (red > 240, max(green, blue) < 20) == (True, True)


def test_a_colour_profile_is_applied_and_a_broken_one_left_out() -> None:
    lab = ImageCms.createProfile("LAB")
    other = ImageCms.ImageCmsProfile(lab).tobytes()
    image = Image.new("RGB", (20, 20), (10, 200, 30))
    for profile in (other, b"no profile at all"):
        assert decode(encoded(image, icc_profile=profile)).getpixel((0, 0)) == (10, 200, 30)
    swapped = decode(encoded(image, icc_profile=_profile_with_red_and_green_swapped()))
    red, green, _ = swapped.getpixel((0, 0))
    assert red > green


def _profile_with_red_and_green_swapped() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {bytes(profile[i : i + 4]): i for i in range(132, 132 + 12 * profile[131], 12)}
    red, green = at[b"rXYZ"], at[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be"))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_lose_the_picture() -> None:
    content = encoded(PHOTO, "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff" + bytes(9))
    assert decode(content).size == PHOTO.size
