"""Rows of the table of splits."""

from __future__ import annotations

from django import template

from apps.images.models import SplitPolicy
from apps.images.splits.reading import ClassSplits

register = template.Library()


@register.filter
def beside(before: ClassSplits, after: ClassSplits) -> list[tuple[str, int, int]]:
    """Each split with a class's images before and after."""
    return [(split, count, after.counts[split]) for split, count in before.in_order]


@register.filter
def short_of(standing: ClassSplits, policy: SplitPolicy) -> list[tuple[str, int]]:
    """The measuring splits that have fewer images of the class than the policy's least number."""
    return list(standing.short(policy.least_per_class).items())
