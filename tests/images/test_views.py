"""Pages of images, and how their bytes are served."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.images.contents import image_bytes
from apps.images.models import Image
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.projects.models import Project
from tests.factories import ImageFactory, SyntheticImageFactory
from tests.images.pictures import encoded, picture, png


@pytest.fixture
def image(project: Project) -> Image:
    content = encoded(picture(1, (600, 400), "RGB"), "JPEG")
    source = Source("<script>alert(1)</script>.svg", content, annotation_class="boot")
    return images_ingest(project=project, sources=[source]).accepted[0]


def address(image: Image, part: str = "") -> str:
    return f"/projects/{image.project.slug}/images/{image.pk}/{part}"


def test_bytes_come_with_our_type_and_can_do_nothing(pages: Client, image: Image) -> None:
    for part, content_type in [("file/", "image/jpeg"), ("thumbnail/", "image/jpeg")]:
        answer = pages.get(address(image, part))
        assert answer.headers["Content-Type"] == content_type
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert "Content-Disposition" not in answer.headers
        again = pages.get(address(image, part), headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert pages.get(address(image, "file/")).content == image_bytes(image)


def test_only_members_see_an_image(
    client: Client, image: Image, stranger: User, annotator: User
) -> None:
    parts = ["", "file/", "thumbnail/"]
    assert {client.get(address(image, part)).status_code for part in parts} == {302}
    client.force_login(stranger)
    assert {client.get(address(image, part)).status_code for part in parts} == {404}
    client.force_login(annotator)
    assert {client.get(address(image, part)).status_code for part in parts} == {200}


def test_an_image_is_not_found_under_another_project(pages: Client, project: Project) -> None:
    other = images_ingest(
        project=ImageFactory().project, sources=[Source("a.png", png())]
    ).accepted[0]
    for part in ("", "file/", "thumbnail/"):
        assert pages.get(f"/projects/{project.slug}/images/{other.pk}/{part}").status_code == 404


def test_bytes_missing_from_storage_are_not_found(pages: Client, project: Project) -> None:
    image = ImageFactory(project=project)
    assert pages.get(address(image, "file/")).status_code == 404


def test_an_empty_grid_says_how_to_send_images(pages: Client, project: Project) -> None:
    text = pages.get(f"/projects/{project.slug}/images/").content.decode()
    assert f"manage.py ingest FOLDER --project {project.slug}" in text
    assert f"/api/v1/projects/{project.slug}/images/" in text


def test_the_grid_shows_what_its_address_asks_for(pages: Client, project: Project) -> None:
    real = ImageFactory(project=project)
    synthetic = ImageFactory(project=project, origin="synthetic", split="train")

    def shown(query: str) -> set[int]:
        page = pages.get(f"/projects/{project.slug}/images/?{query}").content.decode()
        return {image.pk for image in (real, synthetic) if f"/images/{image.pk}/thumbnail/" in page}

    assert shown("") == {real.pk, synthetic.pk}
    assert shown("origin=synthetic") == {synthetic.pk}
    assert shown("origin=real&split=train") == set()


def test_a_synthetic_image_says_as_what_it_was_made_until_people_say_what_it_is(
    pages: Client, project: Project
) -> None:
    lineage = SyntheticImageFactory(project=project)
    for page in (f"/projects/{project.slug}/images/", address(lineage.image)):
        assert "made as boot" in pages.get(page).content.decode().lower()
    lineage.image.annotation_class = project.annotation_classes.get(name="coat")
    lineage.image.save()
    for page in (f"/projects/{project.slug}/images/", address(lineage.image)):
        assert "made as" not in pages.get(page).content.decode().lower()


def test_the_grid_asks_no_more_for_more_synthetic_images(
    pages: Client, project: Project, django_assert_max_num_queries: Any
) -> None:
    SyntheticImageFactory.create_batch(12, project=project)
    with django_assert_max_num_queries(20):
        pages.get(f"/projects/{project.slug}/images/")


def test_a_filter_that_there_is_not_is_said(pages: Client, project: Project) -> None:
    answer = pages.get(f"/projects/{project.slug}/images/?status=open")
    assert answer.status_code == 400
    assert "There is no status &#x27;open&#x27;" in answer.content.decode()


def test_a_name_is_text_and_never_markup(pages: Client, image: Image) -> None:
    for page in (address(image), f"/projects/{image.project.slug}/images/"):
        assert b"<script>alert" not in pages.get(page).content


def test_refusals_are_listed_with_their_reasons(pages: Client, project: Project) -> None:
    images_ingest(project=project, sources=[Source("a.png", b""), Source("b.png", b"<svg>")])
    page = pages.get(f"/projects/{project.slug}/images/refusals/?reason=svg").content.decode()
    assert "b.png" in page
    assert "a.png" not in page
