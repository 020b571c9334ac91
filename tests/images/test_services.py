"""Taking images in."""

from __future__ import annotations

import hashlib
import io
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from PIL import ExifTags
from PIL import Image as Picture

from apps.images.contents import image_bytes
from apps.images.models import HeldBackClass, Image, Refusal
from apps.images.refusals import Reason
from apps.images.selectors import image_manifest
from apps.images.services import held_back_classes_set, images_ingest, synthetic_images_store
from apps.images.sources import Source
from apps.jobs.models import JobEvent
from apps.projects.models import Project
from tests.factories import ImageFactory, ProjectFactory
from tests.images.pictures import encoded, picture, pixels, png

SECRET = b"51.5007 north, owner Ada Lovelace"


def ingest_one(project: Project, content: bytes, **more: str) -> Image:
    (image,) = images_ingest(project=project, sources=[Source("one", content, **more)]).accepted
    return image


def stored_files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def jpeg_with_secrets(image: Picture.Image, orientation: int = 1) -> bytes:
    exif = Picture.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = SECRET.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (51.0, 30.0, 2.5)
    plain = encoded(image, "JPEG", quality=88, exif=exif, comment=SECRET, xmp=SECRET)
    return plain + b"behind the end: " + SECRET


def test_bytes_are_stored_under_their_own_hash(project: Project) -> None:
    image = ingest_one(project, encoded(picture(), "BMP"))
    content = image_bytes(image)
    assert hashlib.sha256(content).hexdigest() == image.sha256
    assert image.file == f"images/{image.sha256[:2]}/{image.sha256}.png"
    assert (image.width, image.height, image.format) == (28, 28, "png")
    assert image.byte_size == len(content)
    assert pixels(content).tobytes() == picture().tobytes()


def test_an_upright_jpeg_keeps_its_compressed_picture_and_nothing_else(project: Project) -> None:
    photo = picture(2, (300, 200), "RGB")
    image = ingest_one(project, jpeg_with_secrets(photo))
    content = image_bytes(image)
    assert pixels(content).tobytes() == pixels(encoded(photo, "JPEG", quality=88)).tobytes()
    assert SECRET not in content
    assert content.endswith(b"\xff\xd9")
    assert not pixels(content).getexif()


def test_a_turned_jpeg_is_stored_upright_without_visible_loss(project: Project) -> None:
    photo = Picture.linear_gradient("L").resize((320, 200)).convert("RGB")
    image = ingest_one(project, jpeg_with_secrets(photo, orientation=6))
    content = image_bytes(image)
    assert (image.width, image.height) == (200, 320)
    assert SECRET not in content
    turned = photo.transpose(Picture.Transpose.ROTATE_270)
    differences = zip(pixels(content).tobytes(), turned.tobytes(), strict=True)
    assert max(abs(one - other) for one, other in differences) <= 6


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
def test_no_format_keeps_metadata(project: Project, format_: str) -> None:
    exif = Picture.Exif()
    exif[ExifTags.Base.Artist] = SECRET.decode()
    given = encoded(picture(3, (40, 40), "RGB"), format_, exif=exif)
    assert SECRET in given
    assert SECRET not in image_bytes(ingest_one(project, given))


def test_a_small_image_is_its_own_thumbnail_and_a_large_one_has_its_own(project: Project) -> None:
    small = ingest_one(project, png())
    assert small.thumbnail == small.file
    large = ingest_one(project, encoded(picture(1, (900, 300), "RGB"), "JPEG"))
    thumbnail = Picture.open(Path(settings.MEDIA_ROOT) / large.thumbnail)
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (256, 85))


def test_the_same_file_and_the_same_pixels_are_duplicates(project: Project) -> None:
    first = ingest_one(project, png())
    report = images_ingest(
        project=project,
        sources=[
            Source("again.png", png()),
            Source("other.bmp", encoded(picture(), "BMP")),
            Source("new.png", png(1)),
            Source("new again.png", png(1)),
        ],
    )
    assert [image.name for image in report.accepted] == ["new.png"]
    assert [(twin.name, twin.image.pk) for twin in report.duplicates] == [
        ("again.png", first.pk),
        ("other.bmp", first.pk),
        ("new again.png", report.accepted[0].pk),
    ]
    assert len(stored_files()) == Image.objects.count() == 2


def test_another_project_may_have_the_same_image(project: Project) -> None:
    one, other = ingest_one(project, png()), ingest_one(ProjectFactory(), png())
    assert one.file == other.file
    assert one.pk != other.pk


def test_a_bad_file_never_loses_a_good_one(project: Project) -> None:
    bad = {
        "empty": b"",
        "text.png": b"hello",
        "drawing.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "cut.png": png(9)[:-20],
        "tiny.png": encoded(picture(size=(4, 4))),
    }
    sources = [Source(name, content) for name, content in bad.items()]
    mixed = [Source("a.png", png(1)), *sources, Source("b.png", png(2))]
    report = images_ingest(project=project, sources=mixed)
    assert [image.name for image in report.accepted] == ["a.png", "b.png"]
    assert {refused.name: refused.reason for refused in report.refused} == {
        "empty": Reason.NOT_AN_IMAGE,
        "text.png": Reason.NOT_AN_IMAGE,
        "drawing.png": Reason.SVG,
        "cut.png": Reason.TRUNCATED,
        "tiny.png": Reason.TOO_SMALL,
    }
    assert set(Refusal.objects.values_list("name", flat=True)) == set(bad)
    assert JobEvent.objects.get(project=project).payload == {
        "accepted": 2, "duplicates": 0, "refused": 5, "quarantined": 0,
    }  # fmt: skip


def test_the_projects_own_limits_hold(project: Project) -> None:
    project.most_pixels = 28 * 28 - 1
    project.save()
    (refused,) = images_ingest(project=project, sources=[Source("a.png", png())]).refused
    assert refused.reason is Reason.TOO_MANY_PIXELS
    assert "784" in refused.detail


def test_a_class_makes_an_image_accepted_and_trained_on(project: Project) -> None:
    image = ingest_one(project, png(), annotation_class="coat")
    assert (image.status, image.split) == (Image.Status.ACCEPTED, Image.Split.TRAIN)
    assert image.annotation_class is not None
    assert image.annotation_class.name == "coat"


def test_an_image_without_a_class_waits_in_the_pool(project: Project) -> None:
    image = ingest_one(project, png())
    assert (image.status, image.split) == (Image.Status.UNREVIEWED, Image.Split.POOL)


def test_a_sources_split_goes_before_that_of_the_whole(project: Project) -> None:
    report = images_ingest(
        project=project,
        split="test",
        sources=[Source("a", png(1), annotation_class="boot"), Source("b", png(2), split="select")],
    )
    assert [image.split for image in report.accepted] == ["test", "select"]


def test_an_unknown_class_is_refused_with_the_known_ones(project: Project) -> None:
    (refused,) = images_ingest(
        project=project, sources=[Source("a.png", png(), annotation_class="hat")]
    ).refused
    assert refused.reason is Reason.UNKNOWN_CLASS
    assert "boot, coat, shirt" in refused.detail


@pytest.mark.parametrize("name", ["a\x00b.png", "\udcff.png", "x" * 400 + ".png", "<b>.png"])
def test_every_name_can_be_kept(project: Project, name: str) -> None:
    images_ingest(project=project, sources=[Source(name, png()), Source(name, b"no image")])
    assert Image.objects.get().name.endswith(".png")
    assert Refusal.objects.get().name.endswith(".png")


def test_synthetic_images_are_unreviewed_and_live_in_train(project: Project) -> None:
    ingest_one(project, png(1))
    report = synthetic_images_store(
        project=project, pictures=[png(1), png(2)], names=["s1.png", "s2.png"]
    )
    (image,) = report.accepted
    assert (image.name, image.origin, image.split, image.status) == (
        "s2.png", "synthetic", "train", "unreviewed",
    )  # fmt: skip
    assert [twin.name for twin in report.duplicates] == ["s1.png"]


def test_held_back_classes_are_written_and_changed(project: Project) -> None:
    image = ingest_one(project, png())
    held_back_classes_set(project=project, classes={image.pk: "coat"})
    held_back_classes_set(project=project, classes={image.pk: "shirt"})
    assert HeldBackClass.objects.get().annotation_class.name == "shirt"
    with pytest.raises(ValueError, match="not in the project"):
        held_back_classes_set(project=project, classes={ImageFactory().pk: "coat"})


def test_a_manifest_comes_in_the_order_of_hashes_that_name_the_stored_bytes(
    project: Project,
) -> None:
    classes = ["boot", "shirt", None, "coat"]
    sources = [Source(str(n), png(n), annotation_class=name) for n, name in enumerate(classes)]
    report = images_ingest(project=project, sources=sources)
    positions = {
        image.sha256: image.annotation_class.position
        for image in report.accepted
        if image.annotation_class
    }
    assert image_manifest(Image.objects.all()) == sorted(positions.items())
    for image in report.accepted:
        assert hashlib.sha256(image_bytes(image)).hexdigest() == image.sha256


@pytest.mark.django_db(transaction=True)
def test_equal_images_sent_at_once_are_taken_once() -> None:
    project = ProjectFactory()
    barrier = threading.Barrier(4)
    reports = []

    def send() -> None:
        barrier.wait()
        sources = [Source(str(number), png(number)) for number in range(20)]
        reports.append(images_ingest(project=project, sources=sources))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(report.accepted) for report in reports) == 20
    assert sum(len(report.duplicates) for report in reports) == 60
    assert len(stored_files()) == 20


def test_files_are_read_when_their_turn_comes(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(1))
    sources = [
        Source("path", path),
        Source("gone", tmp_path / "gone.png"),
        Source("file", io.BytesIO(png(2))),
    ]
    report = images_ingest(project=project, sources=sources)
    assert [image.name for image in report.accepted] == ["path", "file"]
    assert [refused.reason for refused in report.refused] == [Reason.UNREADABLE]
