"""Imports are filled piece by piece, begun once, and cleaned up after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.parsers import TooLarge
from apps.imports.models import Import, Upload
from apps.imports.services import (
    MOST_UPLOAD_BYTES,
    import_abandon,
    import_begin,
    import_create,
    imports_tidy,
    upload_append,
    upload_create,
    upload_remove,
)
from apps.imports.storage import UploadBusyError, import_folder, upload_open, upload_path
from apps.projects.models import Project

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(project: Project, manager: User) -> Import:
    return import_create(project=project, created_by=manager, title="holiday.zip")


def test_a_file_arrives_in_pieces(owner: Import) -> None:
    upload = upload_create(owner=owner, path="a/b.png", size=6)
    assert upload_append(upload=upload, offset=0, chunks=[b"ab", b"c"]) == 3
    assert upload_append(upload=upload, offset=3, chunks=[b"def"]) == 6
    assert upload_path(upload).read_bytes() == b"abcdef"


def test_what_came_before_a_connection_broke_is_kept(owner: Import) -> None:
    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise ConnectionResetError

    upload = upload_create(owner=owner, path="b.png", size=6)
    with pytest.raises(ConnectionResetError):
        upload_append(upload=upload, offset=0, chunks=broken())
    upload.refresh_from_db()
    assert upload.received == 3


def test_a_piece_must_begin_where_the_last_ended(owner: Import) -> None:
    upload = upload_create(owner=owner, path="b.png", size=6)
    upload_append(upload=upload, offset=0, chunks=[b"abc"])
    for offset in (0, 2, 4):
        with pytest.raises(Conflict, match="3 bytes so far"):
            upload_append(upload=upload, offset=offset, chunks=[b"x"])


def test_no_more_than_announced_is_kept(owner: Import) -> None:
    upload = upload_create(owner=owner, path="b.png", size=4)
    with pytest.raises(TooLarge):
        upload_append(upload=upload, offset=0, chunks=[b"abc", b"de"])
    upload.refresh_from_db()
    assert upload.received == 3


def test_two_writers_never_interleave(owner: Import) -> None:
    upload = upload_create(owner=owner, path="b.png", size=4)
    with upload_open(upload), pytest.raises(UploadBusyError):
        upload_append(upload=upload, offset=0, chunks=[b"abcd"])


@pytest.mark.parametrize(
    "path",
    ["", "../x.png", "/etc/passwd", "a/../../x", "C:\\x.png", "a\x00b", "x" * 1001, "\ud800"],
)
def test_a_name_that_means_harm_is_refused(owner: Import, path: str) -> None:
    with pytest.raises(ValidationError):
        upload_create(owner=owner, path=path, size=1)


def test_a_name_is_only_a_name(owner: Import) -> None:
    upload = upload_create(owner=owner, path="a/b.png", size=0)
    assert upload_path(upload) == import_folder(owner) / upload.pk.hex


def test_a_file_that_cannot_fit_is_refused_at_once(owner: Import) -> None:
    with pytest.raises(TooLarge, match="no room"):
        upload_create(owner=owner, path="x.zip", size=MOST_UPLOAD_BYTES)
    with pytest.raises(ValidationError):
        upload_create(owner=owner, path="x.zip", size=MOST_UPLOAD_BYTES + 1)


def test_it_begins_once_all_is_there(owner: Import, manager: User) -> None:
    with pytest.raises(Conflict, match="Nothing was sent"):
        import_begin(owner=owner, actor=manager)
    upload = upload_create(owner=owner, path="b.png", size=3)
    with pytest.raises(Conflict, match=r"b\.png has 0 of 3 bytes"):
        import_begin(owner=owner, actor=manager)
    upload_append(upload=upload, offset=0, chunks=[b"abc"])
    job = import_begin(owner=owner, actor=manager)
    assert import_begin(owner=owner, actor=manager) == job
    owner.refresh_from_db()
    for change in (
        lambda: upload_create(owner=owner, path="c.png", size=1),
        lambda: upload_remove(upload=upload),
        lambda: import_abandon(owner=owner, actor=manager),
    ):
        with pytest.raises(Conflict):
            change()


def test_an_abandoned_import_leaves_nothing(owner: Import, manager: User) -> None:
    upload = upload_create(owner=owner, path="b.png", size=3)
    upload_append(upload=upload, offset=0, chunks=[b"abc"])
    folder = import_folder(owner)
    import_abandon(owner=owner, actor=manager)
    assert not folder.exists()
    assert not Import.objects.exists()


def test_expired_uploads_are_thrown_away(owner: Import) -> None:
    old, new = (upload_create(owner=owner, path=name, size=1) for name in ("old", "new"))
    for upload in (old, new):
        upload_append(upload=upload, offset=0, chunks=[b"x"])
    Upload.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    imports_tidy()
    assert list(owner.uploads.all()) == [new]
    assert not upload_path(old).exists()
    assert upload_path(new).exists()
