"""Telling webhooks of events, by real receivers on this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.jobs.services import event_publish, job_enqueue
from apps.outbound.addresses import OwnHosts
from apps.outbound.client import GuardedClient
from apps.projects.models import Project
from apps.webhooks import sending
from apps.webhooks.models import Attempt, Delivery, Webhook
from apps.webhooks.sending import deliveries_collect, deliveries_send
from apps.webhooks.services import webhook_ping, webhook_switch_on
from apps.webhooks.signing import secret_of, signed_headers
from tests.factories import WebhookFactory
from tests.outbound.hosts import Host, answer, host


class Receiver:
    """Takes messages, checks what they are signed with, and answers as it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.refused: set[str] = set()
        self.host: Host
        self.secret = ""

    def reply(self, request: bytes) -> Iterable[bytes]:
        seen = json.loads(request.partition(b"\r\n\r\n")[2])
        status = 400 if seen["type"] in self.refused else self.status
        yield answer(b"the receiver's secret", status)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.host.port}/hook?key=1"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What came, with its signature checked as a receiver would."""
        return [self._checked(request) for request in self.host.requests]

    def _checked(self, request: bytes) -> dict[str, Any]:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
        told = {name.lower(): value for name, _, value in lines}
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + body
        right = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert told["webhook-signature"] == f"v1,{right}"
        assert abs(int(told["webhook-timestamp"]) - time.time()) < 60
        return {"id": told["webhook-id"], **json.loads(body)}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiving = Receiver()
    with host(receiving.reply) as receiving.host:
        yield receiving


@pytest.fixture
def webhook(project: Project, receiver: Receiver) -> Webhook:
    made = WebhookFactory(project=project, url=receiver.url)
    receiver.secret = secret_of(made)
    return made


@pytest.fixture
def client() -> Iterator[GuardedClient]:
    with GuardedClient(own_hosts=OwnHosts.read(["127.0.0.1"])) as asking:
        yield asking


def ingest(project: Project, count: int = 1) -> None:
    event_publish(project_id=project.pk, kind="images.ingested", payload={"accepted": count})


def later(webhook: Webhook, **passed: float) -> None:
    """Let time pass for a webhook and its messages."""
    time_gone = timedelta(**passed)
    for row in (webhook, *webhook.deliveries.all()):
        row.refresh_from_db()
        for name in ("quiet_until", "held_until", "failing_since", "due_at", "finished_at"):
            if getattr(row, name, None):
                setattr(row, name, getattr(row, name) - time_gone)
        row.save()


def test_events_arrive_signed_in_order_and_once(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    ingest(project, 3)
    event_publish(project_id=project.pk, kind="review.counted", payload={"open": 1})
    job = job_enqueue(project=project, kind="score", title="Score", payload={})
    for _ in range(3):
        deliveries_collect()
        deliveries_send(client)
    first, second = receiver.messages
    assert (first["type"], first["data"]) == (
        "images.ingested",
        {"accepted": 3, "seq": 1, "project": project.slug},
    )
    assert (second["type"], second["data"]["job"], second["data"]["seq"]) == (
        "job.queued",
        str(job.pk),
        3,
    )
    assert first["timestamp"] <= second["timestamp"]
    assert set(Attempt.objects.values_list("status_code", "error")) == {(200, "")}
    assert all(0 < seconds < 5 for (seconds,) in Attempt.objects.values_list("seconds"))


def test_only_its_topics_and_its_project_are_told(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    Webhook.objects.update(topics=["decisions"])
    ingest(project)
    ingest(WebhookFactory().project)
    event_publish(project_id=project.pk, kind="round.decided", payload={"ratio": 0.5})
    deliveries_collect()
    deliveries_send(client)
    assert [message["type"] for message in receiver.messages] == ["round.decided"]


def test_a_message_that_is_not_taken_is_sent_again_later_as_the_same(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    receiver.status = 503
    ingest(project, 1)
    ingest(project, 2)
    deliveries_collect()
    deliveries_send(client)
    deliveries_send(client)
    assert len(receiver.messages) == 1, "a failing receiver is left in peace"
    receiver.status = 204
    later(webhook, seconds=31)
    deliveries_send(client)
    tried, *taken = receiver.messages
    assert tried["id"] == taken[0]["id"]
    assert [message["data"]["accepted"] for message in taken] == [1, 2]
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failing_since, webhook.quiet_until) == (0, None, None)
    codes = Attempt.objects.order_by("pk").values_list("status_code", flat=True)
    assert list(codes) == [503, 204, 204]


def test_pauses_grow_and_a_message_is_given_up_in_the_end(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    receiver.refused = {"images.ingested"}
    ingest(project)
    deliveries_collect()
    delivery = Delivery.objects.get()
    pauses = []
    while True:
        deliveries_send(client)
        delivery.refresh_from_db()
        if delivery.status != Delivery.Status.WAITING:
            break
        pauses.append(round((delivery.due_at - timezone.now()).total_seconds() / 30))
        later(webhook, hours=12)
        Webhook.objects.update(failing_since=timezone.now())
    assert pauses == [1, 4, 16, 64, 256, 1024, 1440, 1440, 1440, 1440, 1440]
    assert (delivery.status, delivery.attempt_count) == ("given_up", 12)


def test_one_message_that_nobody_takes_does_not_hold_up_the_others(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    receiver.refused = {"round.decided"}
    event_publish(project_id=project.pk, kind="round.decided", payload={})
    for count in range(3):
        ingest(project, count)
    deliveries_collect()
    deliveries_send(client)
    Webhook.objects.update(quiet_until=None)
    deliveries_send(client)
    assert Delivery.objects.filter(status="delivered").count() == 3


def test_after_days_of_failing_it_is_switched_off_and_on_again_without_loss(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    receiver.status = 500
    ingest(project, 1)
    deliveries_collect()
    deliveries_send(client)
    later(webhook, days=4, hours=23)
    deliveries_send(client)
    webhook.refresh_from_db()
    assert webhook.switched_off_at is None
    later(webhook, hours=2)
    deliveries_send(client)
    webhook.refresh_from_db()
    assert webhook.switched_off_at
    assert webhook.switched_off_reason == (
        "It failed for 5 days. The last time: The receiver answered with status 500."
    )
    ingest(project, 2)
    later(webhook, days=1)
    assert deliveries_collect() == 0
    deliveries_send(client)
    assert len(receiver.messages) == 3
    receiver.status = 200
    webhook_switch_on(webhook=webhook, actor=None)
    deliveries_collect()
    deliveries_send(client)
    assert [message["data"]["accepted"] for message in receiver.messages[3:]] == [1, 2]


def test_a_receiver_that_is_gone_is_switched_off_at_once(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    receiver.status = 410
    ingest(project)
    deliveries_collect()
    deliveries_send(client)
    webhook.refresh_from_db()
    assert "gone" in webhook.switched_off_reason


def test_a_sender_that_dies_holds_nothing_up_for_long(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    ingest(project)
    deliveries_collect()
    held = sending._hold()
    assert held == webhook
    deliveries_send(client)
    assert receiver.messages == []
    later(webhook, seconds=61)
    deliveries_send(client)
    assert len(receiver.messages) == 1


def test_a_ping_is_sent_though_the_receiver_is_being_left_in_peace_and_only_once(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    receiver.status = 500
    Webhook.objects.update(quiet_until=timezone.now() + timedelta(hours=1))
    delivery = webhook_ping(webhook=webhook)
    deliveries_send(client)
    delivery.refresh_from_db()
    assert (receiver.messages[0]["type"], delivery.status) == ("ping", "given_up")


def test_a_receiver_inside_is_not_asked_and_no_body_is_kept(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    receiver.status = 500
    ingest(project)
    deliveries_collect()
    deliveries_send(client)
    later(webhook, hours=1)
    with GuardedClient(own_hosts=OwnHosts()) as strict:
        deliveries_send(strict)
    assert len(receiver.host.requests) == 1
    outside, inside = Attempt.objects.order_by("pk")
    assert "secret" not in outside.error
    assert (inside.status_code, "public net" in inside.error) == (None, True)


def test_a_new_log_line_is_not_lost_between_two_conductors(
    project: Project, webhook: Webhook
) -> None:
    for count in range(7):
        ingest(project, count)
    assert [deliveries_collect(), deliveries_collect()] == [7, 0]
    Webhook.objects.update(cursor=3)  # as if what was noted had been noted by nobody
    deliveries_collect()
    assert Delivery.objects.count() == 7


def test_what_is_long_over_is_forgotten(
    project: Project, webhook: Webhook, receiver: Receiver, client: GuardedClient
) -> None:
    ingest(project)
    deliveries_collect()
    deliveries_send(client)
    later(webhook, days=31)
    ingest(project)
    deliveries_collect()
    deliveries_send(client)
    assert Delivery.objects.count() == 1


def test_a_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks specification's own libraries."""
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
