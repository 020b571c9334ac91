"""Making and changing webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.jobs.selectors import event_last
from apps.outbound.client import url_check
from apps.outbound.errors import OutboundError
from apps.projects.models import Project
from apps.webhooks.models import Delivery, Webhook, new_salt
from apps.webhooks.topics import PING, TOPICS

MOST_WEBHOOKS = 20


def webhook_create(
    *, project: Project, url: str, topics: Sequence[str], actor: User | None
) -> Webhook:
    """A webhook that is told of what happens from now on.

    Raises ValidationError, by field, and Conflict where the project has enough of them.
    """
    _check(url, topics)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if Webhook.objects.filter(project=project).count() >= MOST_WEBHOOKS:
            raise Conflict(f"A project has at most {MOST_WEBHOOKS} webhooks; delete one first.")
        webhook = Webhook.objects.create(
            project=project, url=url, topics=_plain(topics), cursor=event_last(project)
        )
        _audit(webhook, "webhook.create", actor, topics=webhook.topics)
    return webhook


def webhook_change(
    *, webhook: Webhook, url: str, topics: Sequence[str], actor: User | None
) -> None:
    """Give a webhook another address or other topics. Raises ValidationError, by field."""
    _check(url, topics)
    with transaction.atomic():
        webhook.url, webhook.topics, webhook.quiet_until = url, _plain(topics), None
        webhook.save(update_fields=["url", "topics", "quiet_until"])
        _audit(webhook, "webhook.change", actor, topics=webhook.topics)


def webhook_secret_renew(*, webhook: Webhook, actor: User | None) -> None:
    """Make another secret; what is sent from now on is signed with it."""
    with transaction.atomic():
        webhook.salt = new_salt()
        webhook.save(update_fields=["salt"])
        _audit(webhook, "webhook.secret", actor)


def webhook_switch_on(*, webhook: Webhook, actor: User | None) -> None:
    """Send again, from where it stopped. Raises Conflict where the webhook is on."""
    with transaction.atomic():
        switched = Webhook.objects.filter(pk=webhook.pk, switched_off_at__isnull=False).update(
            switched_off_at=None,
            switched_off_reason="",
            failures=0,
            failing_since=None,
            quiet_until=None,
        )
        if not switched:
            raise Conflict("This webhook is on already.")
        _audit(webhook, "webhook.on", actor)
    webhook.refresh_from_db()


def webhook_delete(*, webhook: Webhook, actor: User | None) -> None:
    """End a webhook; what waits for it is not sent, and its log goes with it."""
    with transaction.atomic():
        _audit(webhook, "webhook.delete", actor)
        webhook.delete()


def webhook_ping(*, webhook: Webhook) -> Delivery:
    """Have one message sent within seconds, to see whether it arrives. Raises Conflict when off."""
    if webhook.switched_off_at:
        raise Conflict("This webhook is switched off; switch it on, then ping it.")
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(quiet_until=None)
        return Delivery.objects.create(webhook=webhook, kind=PING, due_at=timezone.now())


def _check(url: str, topics: Sequence[str]) -> None:
    problems: dict[str, str] = {}
    try:
        url_check(url)
    except OutboundError as error:
        problems["url"] = error.detail
    unknown = [topic for topic in topics if topic not in TOPICS]
    if unknown or not topics:
        named = f"There is no topic {unknown[0]!r}; choose" if unknown else "Choose"
        problems["topics"] = f"{named} at least one of {', '.join(TOPICS)}."
    if problems:
        raise ValidationError(problems)


def _plain(topics: Sequence[str]) -> list[str]:
    return [topic for topic in TOPICS if topic in topics]


def _audit(webhook: Webhook, action: str, actor: User | None, **detail: object) -> None:
    # The host only: addresses of webhooks often have a key in them.
    audit_record(
        actor=actor,
        action=action,
        project_slug=webhook.project.slug,
        detail={"webhook": webhook.pk, "host": url_check(webhook.url).host, **detail},
    )
