"""A folder is sent, the line breaks, and what became of each file is told."""

from __future__ import annotations

import csv
import socket
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Request, expect

from tests.e2e.conftest import WatchedPage
from tests.images.pictures import encoded, picture
from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

CLASSES = ("boot", "coat")
LARGE = (1300, 1300)
"""Of noise, three images of it take more than what goes in one request."""
MIB = 1024 * 1024
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Content-Type": "application/offset+octet-stream"}
PROJECT = """
from apps.accounts.models import User
from apps.projects.services import project_create
admin = User.objects.get(username="admin")
result = project_create(
    name="Winter", slug="winter", classes=["boot", "coat"], created_by=admin
).pk
"""
CAME = """
from collections import Counter
from apps.images.models import Image
images = Image.objects.filter(project__slug="winter")
result = dict(Counter(images.values_list("annotation_class__name", flat=True)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Thirty images in folders named as classes, a broken one, and an archive."""
    root = tmp_path / "winter"
    for index in range(30):
        path = root / CLASSES[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(picture(index)))
    (root / "boot" / "broken.png").write_bytes(encoded(picture(99))[:-40])
    with zipfile.ZipFile(root / "large.zip", "w") as archive:
        for index in range(3):
            large = encoded(picture(100 + index, LARGE, "RGB"))
            archive.writestr(f"coat/large-{index}.png", large)
    return root


def test_a_broken_line_costs_nothing_that_was_sent(
    watched: WatchedPage, site: RunningSite, folder: Path
) -> None:
    site.python(PROJECT)
    page = watched.page
    page.on("dialog", Dialog.accept)
    page.goto("/projects/winter/images/")
    page.get_by_role("link", name="Add images").first.click()
    page.locator("#import-folder").set_input_files(folder)
    expect(page.locator("#import-picked")).to_contain_text("32 files")

    page.route("**/uploads/*/", lambda route: route.abort())  # the line breaks after the first part
    with page.expect_event("requestfailed", lambda request: request.method == "PATCH"):
        page.get_by_role("button", name="Send").click()
    expect(page.locator("#import-totals")).to_contain_text("31 of 32 files")

    page.reload()  # before the line mends, or the client's next try would send the rest
    page.unroute("**/uploads/*/")
    again: list[Request] = []
    page.on(
        "request", lambda request: again.append(request) if "/uploads/" in request.url else None
    )
    page.locator("#import-folder").set_input_files(folder)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/images/imports/*/")
    offsets = [one.headers.get("upload-offset") for one in again if one.method == "PATCH"]
    assert int(offsets[0] or 0) > 0
    assert not [one for one in again if one.method == "POST"]

    expect(page.get_by_role("heading", name="What became of it")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    with Path(download.value.path()).open(newline="") as table:
        (refused,) = list(csv.DictReader(table))
    assert refused["name"] == "winter/boot/broken.png"
    assert site.python(CAME) == {"boot": 15, "coat": 18}
    watched.picture("import")


def test_what_a_killed_client_had_sent_of_a_request_is_kept(site: RunningSite) -> None:
    content = bytes(range(256)) * (6 * MIB // 256)
    with site.client() as api:
        opened = api.post("projects/demo/imports/", json={"title": "boots"}).json()["id"]
        said = {"Upload-Length": str(len(content)), "Upload-Metadata": "filename YS5wbmc="}
        calls = f"projects/demo/imports/{opened}/uploads/"
        where = api.post(calls, headers={**TUS, **said}).headers["Location"]
        patch = api.build_request(
            "PATCH", f"{site.address}{where}", headers={**CHUNK, "Upload-Offset": "0"}
        )
        patch.headers["Content-Length"] = str(len(content))
        lines = [f"{name}: {value}" for name, value in patch.headers.items()]
        with socket.create_connection((patch.url.host, patch.url.port)) as line:
            head = "\r\n".join([f"PATCH {where} HTTP/1.1", *lines, "", ""])
            line.sendall(head.encode() + content[: 5 * MIB])

        def offset() -> int:
            answer = api.head(f"{site.address}{where}", headers=TUS)
            return int(answer.headers["Upload-Offset"])

        wait_until(lambda: offset() == 5 * MIB, 30, "what was sent")
        rest = api.patch(
            f"{site.address}{where}",
            content=content[5 * MIB :],
            headers={**CHUNK, "Upload-Offset": str(5 * MIB)},
        )
        assert rest.status_code == 204
        assert offset() == len(content)
        assert api.delete(f"projects/demo/imports/{opened}/").status_code == 204
