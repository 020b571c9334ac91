"""Saving what a page's form holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.forms import BaseForm

from apps.accounts.errors import Conflict

Saved = TypeVar("Saved")


def form_saved(form: BaseForm, save: Callable[[], Saved]) -> Saved | None:
    """What `save` saved; None where nothing was sent, or is wrong, which the form then tells."""
    if not form.is_valid():
        return None
    try:
        return save()
    except ValidationError as error:
        form.add_error(None, error)
    except Conflict as conflict:
        form.add_error(None, str(conflict))
    return None
