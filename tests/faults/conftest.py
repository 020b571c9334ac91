"""What tests that hurt a running site share."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.running_site import RunningSite


@pytest.fixture(scope="module")
def api(site: RunningSite) -> Iterator[httpx.Client]:
    """Requests to the module's own `site` as its administrator."""
    with site.client() as client:
        yield client
