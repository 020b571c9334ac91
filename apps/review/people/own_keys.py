"""The keys that a person has changed: kept for them, and checked as text from anybody is."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.review.models import KeyBindings

MOST_ACTIONS = 200
MOST_KEYS = 3
ACTION = re.compile(r"[a-z][a-z0-9_-]{0,39}")
KEY = re.compile(
    r"(?:Ctrl\+)?(?:Shift\+)?"
    r"(?:[^\s<>&\"'\x00-\x1f\x7f-\x9f]|Space|Backspace|Delete|Insert|Home|End|PageUp|PageDown"
    r"|Arrow(?:Up|Down|Left|Right)|F[1-9][0-9]?)"
)
"""One printable character, or a key with a name; none that could be read as markup."""


def own_keys_get(user: User) -> dict[str, list[str]]:
    """Action id to its keys, of the actions whose keys the person has changed."""
    bindings = KeyBindings.objects.filter(user=user).first()
    return bindings.keys if bindings else {}


def own_keys_set(*, user: User, keys: Any) -> dict[str, list[str]]:
    """Keep a person's keys instead of those kept before. Raises ValidationError."""
    _keys_check(keys)
    KeyBindings.objects.update_or_create(user=user, defaults={"keys": keys})
    return dict(keys)


def _keys_check(keys: Any) -> None:
    if not isinstance(keys, dict):
        raise ValidationError({"keys": "Send an object of action ids, each with a list of keys."})
    if len(keys) > MOST_ACTIONS:
        raise ValidationError({"keys": f"Change the keys of at most {MOST_ACTIONS} actions."})
    for action, wanted in keys.items():
        if not ACTION.fullmatch(action):
            raise ValidationError({"keys": f"{action[:40]!r} is no action's id."})
        if not isinstance(wanted, list) or len(wanted) > MOST_KEYS:
            raise ValidationError({"keys": f"{action}: send a list of at most {MOST_KEYS} keys."})
        for key in wanted:
            if not isinstance(key, str) or not KEY.fullmatch(key) or not key.isprintable():
                raise ValidationError({"keys": f"{action}: {str(key)[:20]!r} is no key."})
