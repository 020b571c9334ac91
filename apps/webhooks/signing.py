"""Signatures in the manner of Standard Webhooks, which receivers have libraries for.

The signed text is the message's id, the time of sending and the body, parted by dots, so
that neither an old message nor another body can be passed off as new.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from django.utils.crypto import salted_hmac

from apps.webhooks.models import Webhook

PREFIX = "whsec_"


def secret_of(webhook: Webhook) -> str:
    """The text that the receiver keeps. It follows from SECRET_KEY and the webhook's salt."""
    derived = salted_hmac("apps.webhooks", f"{webhook.pk}:{webhook.salt}", algorithm="sha256")
    return PREFIX + base64.b64encode(derived.digest()).decode()


def signed_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """What goes with a body so that its receiver can check where and when it comes from."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
