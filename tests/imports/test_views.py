"""The pages of imports."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.images.models import Refusal
from apps.imports.models import Import
from apps.imports.services import import_begin, import_create, upload_append, upload_create
from apps.projects.models import Project


@pytest.fixture
def opened(project: Project, manager: User) -> Import:
    found = import_create(project=project, created_by=manager, title="winter boots")
    upload = upload_create(owner=found, path="boot/1.png", size=3)
    upload_append(upload=upload, offset=0, chunks=[b"one"])
    return found


def page(pages: Client, project: Project, path: str) -> str:
    answer = pages.get(f"/projects/{project.slug}/images/{path}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_empty_list_invites_to_add_images(pages: Client, project: Project) -> None:
    assert "Nothing was sent yet" in page(pages, project, "imports/")


def test_an_open_import_can_be_gone_on_with(
    pages: Client, project: Project, opened: Import
) -> None:
    assert f"?import={opened.pk}" in page(pages, project, "imports/")
    assert f'data-import="{opened.pk}"' in page(pages, project, f"add/?import={opened.pk}")


@pytest.mark.parametrize("number", ["", "x", "-1", "٣", "9" * 30, "4000000"])
def test_what_is_no_open_import_opens_the_page_afresh(
    pages: Client, project: Project, opened: Import, number: str
) -> None:
    assert "data-import" not in page(pages, project, f"add/?import={number}")


def test_one_that_has_begun_takes_no_more_files(
    pages: Client, project: Project, opened: Import, manager: User
) -> None:
    import_begin(owner=opened, actor=manager)
    assert "data-import" not in page(pages, project, f"add/?import={opened.pk}")
    assert "Go on" not in page(pages, project, f"imports/{opened.pk}/")


def test_what_was_refused_is_grouped_and_named(
    pages: Client, project: Project, opened: Import
) -> None:
    Refusal.objects.bulk_create(
        Refusal(
            project=project, name=f"{index}.png", reason="corrupt", detail="It ends early.",
            sent_by=opened.sender,
        )
        for index in range(3)
    )  # fmt: skip
    Refusal.objects.create(project=project, name="other.png", reason="svg", detail="", sent_by="")
    text = page(pages, project, f"imports/{opened.pk}/")
    assert "2.png" in text
    assert "It ends early." in text
    assert "other.png" not in text
    assert f"imports/{opened.pk}/refusals/?format=csv" in text


def test_an_open_import_can_be_thrown_away(pages: Client, project: Project, opened: Import) -> None:
    answer = pages.post(f"/projects/{project.slug}/images/imports/{opened.pk}/abandon/")
    assert answer.status_code == 302
    assert not Import.objects.exists()


def test_one_that_is_being_taken_in_cannot(
    pages: Client, project: Project, opened: Import, manager: User
) -> None:
    import_begin(owner=opened, actor=manager)
    pages.post(f"/projects/{project.slug}/images/imports/{opened.pk}/abandon/")
    assert "Cancel its job first" in page(pages, project, f"imports/{opened.pk}/")
