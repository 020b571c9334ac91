"""Telling webhooks of events: at least once, in order where the receiver answers, never lost.

The project's log is the source and each webhook has its place in it, so a restart forgets
nothing. A webhook is served by one sender at a time, which holds it for a while in the
database; any number of conductors may run senders.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from apps.jobs.models import EventCounter, JobEvent
from apps.outbound.client import GuardedClient
from apps.outbound.errors import OutboundError
from apps.webhooks.models import Attempt, Delivery, Webhook
from apps.webhooks.signing import secret_of, signed_headers
from apps.webhooks.topics import PING, kinds_of

logger = logging.getLogger(__name__)

SENDERS = 4
"""Threads; so many receivers may be slow at once."""
EVERY_SECONDS = 1.0
HOLD = timedelta(seconds=60)
SERVE_SECONDS = 20.0
"""How long a sender stays with one webhook before it looks at the others."""
ANSWER_SECONDS = 10.0
EVENTS_AT_ONCE = 500
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
"""Between two attempts at a failing webhook."""
LONGEST_BACK_OFF = timedelta(hours=12)
"""Between two attempts at one message."""
MOST_ATTEMPTS = 12
"""At one message: some three days."""
FAILING_LIMIT = timedelta(days=5)
KEPT = timedelta(days=30)
"""How long the log remembers what is over."""


def deliveries_collect() -> int:
    """Note for each webhook what its project's log has new for it; returns how many messages."""
    log_end = EventCounter.objects.filter(project=OuterRef("project"), last__gt=OuterRef("cursor"))
    behind = Webhook.objects.filter(Exists(log_end), switched_off_at=None).values_list("pk")
    return sum(_collect(webhook_id) for (webhook_id,) in behind)


@contextmanager
def senders() -> Iterator[None]:
    """Threads that send for as long as the block runs; what one is about is sent again later."""
    over = threading.Event()

    def send() -> None:
        with GuardedClient() as client:
            while not over.wait(EVERY_SECONDS):
                close_old_connections()
                try:
                    deliveries_send(client)
                except DatabaseError as error:
                    logger.warning("webhooks are not served: %s", error)
                    connection.close()
                except Exception:
                    logger.exception("a webhook could not be served; it is tried again")

    for number in range(SENDERS):
        threading.Thread(target=send, name=f"webhooks-{number}", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def deliveries_send(client: GuardedClient) -> None:
    """Send all that is due and that no other sender is at."""
    while webhook := _hold():
        try:
            _serve(webhook, client)
        finally:
            Webhook.objects.filter(pk=webhook.pk).update(held_until=timezone.now())


def _collect(webhook_id: int) -> int:
    with transaction.atomic():
        webhook = (
            Webhook.objects.select_for_update(skip_locked=True)
            .filter(pk=webhook_id, switched_off_at=None)
            .first()
        )
        if webhook is None:
            return 0
        events = JobEvent.objects.filter(project=webhook.project_id, seq__gt=webhook.cursor)
        looked_at = list(events.order_by("seq").values_list("pk", "seq", "kind")[:EVENTS_AT_ONCE])
        if not looked_at:
            return 0
        kinds, now = set(kinds_of(webhook.topics)), timezone.now()
        new = [
            Delivery(webhook=webhook, event_id=event_id, kind=kind, due_at=now)
            for event_id, _, kind in looked_at
            if kind in kinds
        ]
        Delivery.objects.bulk_create(new, ignore_conflicts=True)
        webhook.cursor = looked_at[-1][1]
        webhook.save(update_fields=["cursor"])
    return len(new)


def _due(now: Any) -> Q:
    return Q(status=Delivery.Status.WAITING, due_at__lte=now)


def _hold() -> Webhook | None:
    """The webhook with something due that was served longest ago, held by this sender."""
    now = timezone.now()
    due = Delivery.objects.filter(_due(now), webhook=OuterRef("pk"))
    with transaction.atomic():
        webhook = (
            Webhook.objects.select_for_update(skip_locked=True)
            .filter(Exists(due), switched_off_at=None)
            .filter(Q(held_until=None) | Q(held_until__lt=now))
            .filter(Q(quiet_until=None) | Q(quiet_until__lte=now))
            .order_by(F("held_until").asc(nulls_first=True), "pk")
            .first()
        )
        if webhook:
            webhook.held_until = now + HOLD
            webhook.save(update_fields=["held_until"])
    return webhook


def _serve(webhook: Webhook, client: GuardedClient) -> None:
    began = time.monotonic()
    while time.monotonic() - began < SERVE_SECONDS:
        now = timezone.now()
        delivery = (
            webhook.deliveries.filter(_due(now))
            .select_related("event", "webhook__project")
            .order_by("id")
            .first()
        )
        if delivery is None or not _send(delivery, client):
            break
    webhook.deliveries.filter(finished_at__lt=timezone.now() - KEPT).delete()


def _send(delivery: Delivery, client: GuardedClient) -> bool:
    """One attempt; returns whether the receiver took it."""
    body = json.dumps(_message(delivery), separators=(",", ":")).encode()
    secret, sent_at = secret_of(delivery.webhook), int(time.time())
    headers = signed_headers(secret, str(delivery.message_id), sent_at, body)
    began = time.monotonic()
    attempt = Attempt(delivery=delivery)
    try:
        answer = client.post(delivery.webhook.url, body, headers, ANSWER_SECONDS)
        attempt.status_code = answer.status
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            attempt.error = f"The receiver answered with status {answer.status}."
    except OutboundError as error:
        attempt.error = error.detail[:300]
    attempt.seconds = round(time.monotonic() - began, 3)
    with transaction.atomic():
        attempt.save()
        delivery.attempt_count += 1
        (_failed if attempt.error else _taken)(delivery, attempt)
        delivery.save(update_fields=["attempt_count", "status", "due_at", "finished_at"])
    return not attempt.error


def _message(delivery: Delivery) -> dict[str, Any]:
    event = delivery.event
    told = {**event.payload, "seq": event.seq} if event else {}
    happened_at = event.created_at if event else delivery.created_at
    return {
        "type": delivery.kind,
        "timestamp": happened_at.isoformat(),
        "data": {**told, "project": delivery.webhook.project.slug},
    }


def _taken(delivery: Delivery, attempt: Attempt) -> None:
    delivery.status = Delivery.Status.DELIVERED
    delivery.finished_at = timezone.now()
    Webhook.objects.filter(pk=delivery.webhook_id, failures__gt=0).update(
        failures=0, failing_since=None, quiet_until=None
    )


def _failed(delivery: Delivery, attempt: Attempt) -> None:
    now = timezone.now()
    if delivery.kind == PING or delivery.attempt_count >= MOST_ATTEMPTS:
        delivery.status = Delivery.Status.GIVEN_UP
        delivery.finished_at = now
    else:
        delivery.due_at = now + _back_off(delivery.attempt_count, LONGEST_BACK_OFF)
    webhook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or now
    webhook.quiet_until = now + _back_off(webhook.failures, LONGEST_PAUSE)
    gone = attempt.status_code == HTTPStatus.GONE
    if webhook.switched_off_at is None and (gone or now - webhook.failing_since >= FAILING_LIMIT):
        since = "The receiver is gone" if gone else f"It failed for {FAILING_LIMIT.days} days"
        webhook.switched_off_at = now
        webhook.switched_off_reason = f"{since}. The last time: {attempt.error}"[:300]
        logger.warning("webhook %s was switched off: %s", webhook.pk, webhook.switched_off_reason)
    webhook.save()


def _back_off(failures: int, longest: timedelta) -> timedelta:
    return min(longest, FIRST_PAUSE * int(4 ** min(failures - 1, 10)))
