"""A project whose generator the studio can walk in, made in a running site."""

from __future__ import annotations

import numpy as np

from apps.accounts.models import User
from apps.projects.services import project_create
from tests.factories import DirectionFactory
from tests.generation.making import generator_made

SLUG = "walked"


def make() -> dict[str, object]:
    """Make it, with one named direction and one proposal; returns their ids."""
    admin = User.objects.get(username="admin")
    project = project_create(
        name="Walked", slug=SLUG, classes=["boot", "coat", "shirt"], created_by=admin,
        training_size=32, channels=1,
    )  # fmt: skip
    checkpoint = generator_made(project)
    named, proposed = (
        DirectionFactory(
            project=project,
            checkpoint=checkpoint,
            name=name,
            vector=np.eye(6, dtype="<f4")[number].tobytes(),
        ).pk
        for number, name in enumerate(["longer sleeves", ""])
    )
    return {"checkpoint": checkpoint.pk, "named": named, "proposed": proposed}
