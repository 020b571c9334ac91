"""Server-side requests: whoever names an address cannot make the server look inside.

The client itself is tested in tests/outbound; here, everything that uses it, as it is shipped.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.images.models import Refusal, UrlList
from apps.images.url_lists import url_list_fetch
from apps.jobs.models import Job
from apps.jobs.services import event_publish, job_claim
from apps.outbound.client import GuardedClient
from apps.projects.models import Project
from apps.webhooks.models import Attempt, Webhook
from apps.webhooks.sending import deliveries_collect, deliveries_send
from tests.outbound.hosts import Host, answer, host

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = b"the bank's secret"
REACHING_OUT = {
    "aiohttp", "boto3", "botocore", "ftplib", "http.client", "httpcore", "httpcore2", "httpx",
    "httpx2", "requests", "smtplib", "telnetlib", "urllib.request", "urllib3", "websockets",
}  # fmt: skip


@pytest.fixture
def inner() -> Iterator[Host]:
    """What must not be reached: a service on this machine's loopback address."""
    with host(answer(SECRET)) as serving:
        yield serving


def addresses(serving: Host) -> list[str]:
    names = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0", "[::ffff:127.0.0.1]"]
    return [
        *(f"http://{name}:{serving.port}/admin" for name in names),
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
    ]


def test_a_list_of_addresses_reaches_nothing_inside_and_tells_nothing(
    api: APIClient, pages: Client, project: Project, inner: Host
) -> None:
    base = f"/api/v1/projects/{project.slug}"
    sent = api.post(f"{base}/images/urls/", addresses(inner), format="json").json()
    claim = job_claim(job_id=sent["id"], worker="test")
    assert claim
    done = url_list_fetch(
        claim=claim,
        url_list=UrlList.objects.select_related("project").get(),
        on_progress=lambda count, total: None,
        should_stop=lambda: False,
    )
    assert (done.accepted, done.refused) == (0, len(addresses(inner)))
    assert inner.requests == []
    assert set(Refusal.objects.values_list("reason", flat=True)) == {
        "forbidden_address",
        "bad_url",
    }
    for page in (f"/projects/{project.slug}/images/refusals/", f"{base}/jobs/"):
        assert SECRET not in pages.get(page).content


def test_a_webhook_reaches_nothing_inside_and_its_log_tells_nothing(
    api: APIClient, project: Project, inner: Host
) -> None:
    base = f"/api/v1/projects/{project.slug}/webhooks/"
    for url in addresses(inner):
        api.post(base, {"url": url, "topics": ["rounds"]}, format="json")
    assert Webhook.objects.count() == len(addresses(inner)) - 1, "no file is an address"
    event_publish(project_id=project.pk, kind="round.done", payload={})
    deliveries_collect()
    with GuardedClient() as client:
        deliveries_send(client)
    assert inner.requests == []
    assert set(Attempt.objects.values_list("status_code", flat=True)) == {None}
    for webhook in Webhook.objects.all():
        assert SECRET not in api.get(f"{base}{webhook.pk}/deliveries/").content


def test_a_hosts_answer_is_told_nowhere(
    api: APIClient, project: Project, inner: Host, settings: object
) -> None:
    """Where asking is permitted, too: an error page may have in it what nobody should see."""
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.1"]  # type: ignore[attr-defined]
    base = f"/api/v1/projects/{project.slug}"
    url = f"http://127.0.0.1:{inner.port}/"
    job = api.post(f"{base}/images/urls/", [url], format="json").json()
    claim = job_claim(job_id=job["id"], worker="test")
    assert claim
    url_list_fetch(
        claim=claim,
        url_list=UrlList.objects.select_related("project").get(),
        on_progress=lambda count, total: None,
        should_stop=lambda: False,
    )
    assert len(inner.requests) == 1
    rows = [str(row) for model in (Refusal, Job) for row in model.objects.values()]
    assert SECRET.decode() not in " ".join(rows)


def test_nothing_else_reaches_out() -> None:
    """All that asks other hosts goes through apps.outbound, which is where it is judged."""
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for folder in ("apps", "ml_engine")
        for path in (ROOT / folder).rglob("*.py")
        for name in _imports(path)
        if name in REACHING_OUT
    }
    assert {path for path, _ in found} <= {
        "apps/outbound/client.py",
        "apps/outbound/connecting.py",
        "apps/outbound/s3.py",
    }, found


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
