"""The OpenAPI document and its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client


def test_the_document_is_valid_and_free_of_warnings(tmp_path: Path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


@pytest.mark.django_db
def test_every_call_tells_the_shape_of_its_errors(client: Client) -> None:
    paths = client.get("/api/schema/?format=json").json()["paths"]
    assert "/api/v1/projects/{slug}/members/" in paths
    assert not [path for path in paths if not path.startswith("/api/v1/")]
    operations = [operation for path in paths.values() for operation in path.values()]
    assert all("default" in operation["responses"] for operation in operations)


def test_the_page_loads_its_scripts_from_here_and_has_none_inside(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert re.findall(r"<script[^>]*>\s*[^<\s]", page) == []
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page) == []
