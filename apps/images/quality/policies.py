"""A project's quality policy: read, checked and changed."""

from __future__ import annotations

from apps.images.models import QualityPolicy
from apps.projects.models import Project


def quality_policy_get(project: Project) -> QualityPolicy:
    """The project's policy; where none was saved, one whose thresholds filter nothing."""
    found = QualityPolicy.objects.filter(project=project).first()
    return found or QualityPolicy(project=project)
