"""Webhooks over REST and on their pages: the secret is told once, and nothing inside is taken."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry
from apps.jobs.services import event_publish
from apps.projects.models import Project
from apps.webhooks import services
from apps.webhooks.models import Delivery, Webhook
from tests.factories import WebhookFactory


def address(project: Project, rest: str = "") -> str:
    return f"/api/v1/projects/{project.slug}/webhooks/{rest}"


HOOK = {"url": "https://receiver.example/hook?key=s3cret", "topics": ["rounds", "jobs"]}


def test_a_secret_is_told_once_and_can_be_made_anew(api: APIClient, project: Project) -> None:
    made = api.post(address(project), HOOK, format="json")
    assert made.status_code == 201
    told = made.json()
    assert (told["url"], told["topics"]) == (HOOK["url"], ["jobs", "rounds"])
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", told["secret"])
    one = address(project, f"{told['id']}/")
    for again in (api.get(one), api.get(address(project)), api.put(one, HOOK, format="json")):
        assert b"whsec_" not in again.content
    renewed = api.post(address(project, f"{told['id']}/secret/")).json()
    assert renewed["secret"] != told["secret"]
    kept = str(Webhook.objects.values().get())
    assert told["secret"][6:-1] not in kept
    assert "s3cret" not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"url": "file:///etc/passwd"}, "url"), ({"url": "http://user:word@receiver.example/"}, "url"),
     ({"url": "http://receiver.example:25/"}, "url"), ({"url": "http://\x00/"}, "url"),
     ({"topics": []}, "topics"), ({"topics": ["secrets"]}, "topics")],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(
    api: APIClient, project: Project, change: dict[str, Any], field: str
) -> None:
    refused = api.post(address(project), {**HOOK, **change}, format="json")
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, [field])


def test_it_begins_with_what_happens_from_then_on(api: APIClient, project: Project) -> None:
    event_publish(project_id=project.pk, kind="round.done", payload={})
    api.post(address(project), HOOK, format="json")
    assert Webhook.objects.get().cursor == 1


def test_a_project_has_not_endlessly_many(
    api: APIClient, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_WEBHOOKS", 1)
    assert api.post(address(project), HOOK, format="json").status_code == 201
    assert api.post(address(project), HOOK, format="json").status_code == 409


def test_another_projects_webhook_is_not_to_be_had(api: APIClient, project: Project) -> None:
    other = WebhookFactory()
    for rest in ("", "deliveries/"):
        assert api.get(address(project, f"{other.pk}/{rest}")).status_code == 404
    assert api.delete(address(project, f"{other.pk}/")).status_code == 404


def test_a_ping_waits_in_the_log(api: APIClient, project: Project) -> None:
    webhook = WebhookFactory(project=project)
    assert api.post(address(project, f"{webhook.pk}/ping/")).status_code == 202
    (listed,) = api.get(address(project, f"{webhook.pk}/deliveries/")).json()["results"]
    assert (listed["kind"], listed["status"], listed["seq"], listed["attempts"]) == (
        "ping",
        "waiting",
        None,
        [],
    )


def test_the_page_shows_a_new_secret_once(pages: Client, project: Project) -> None:
    place = f"/projects/{project.slug}/settings/webhooks/"
    page = pages.post(place, HOOK)
    assert page.status_code == 200
    assert b"whsec_" in page.content
    assert "no-store" in page.headers["Cache-Control"]
    webhook = Webhook.objects.get()
    assert b"whsec_" not in pages.get(f"{place}{webhook.pk}/").content
    assert b"whsec_" in pages.post(f"{place}{webhook.pk}/secret/").content
    assert b"receiver.example" in pages.get(place).content


def test_a_switched_off_webhook_says_so_and_is_switched_on(pages: Client, project: Project) -> None:
    webhook = WebhookFactory(
        project=project,
        switched_off_at="2026-01-02T03:04Z",
        switched_off_reason="It failed for 5 days.",
    )
    place = f"/projects/{project.slug}/settings/webhooks/"
    for page in (pages.get(place), pages.get(f"{place}{webhook.pk}/")):
        assert b"It failed for 5 days." in page.content
    assert (
        b"switch it on, then ping" in pages.post(f"{place}{webhook.pk}/ping/", follow=True).content
    )
    pages.post(f"{place}{webhook.pk}/on/")
    webhook.refresh_from_db()
    assert webhook.switched_off_at is None


def test_what_was_sent_is_on_the_page_and_an_address_cannot_break_it(
    pages: Client, project: Project
) -> None:
    webhook = WebhookFactory(project=project, url="https://x.example/<script>alert(1)</script>")
    delivery = Delivery.objects.create(webhook=webhook, kind="ping", due_at="2026-01-01T00:00Z")
    delivery.attempts.create(status_code=503, seconds=0.25, error="<script>alert(2)</script>")
    page = pages.get(f"/projects/{project.slug}/settings/webhooks/{webhook.pk}/").content.decode()
    assert "503" in page
    assert "0.25 s" in page
    assert "<script>alert" not in page


def test_deleting_ends_it(pages: Client, project: Project) -> None:
    webhook = WebhookFactory(project=project)
    pages.post(f"/projects/{project.slug}/settings/webhooks/{webhook.pk}/delete/")
    assert not Webhook.objects.exists()
    assert AuditEntry.objects.filter(action="webhook.delete").count() == 1
