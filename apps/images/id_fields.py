"""Ids of images in calls."""

from __future__ import annotations

from rest_framework import serializers

LARGEST_ID = 2**63 - 1


class ImageIdsField(serializers.ListField):
    """Ids of images."""

    child = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
