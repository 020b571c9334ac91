"""What files say of their own making."""

from __future__ import annotations

import pytest

from apps.datasets.marks import synthetic_mark
from apps.images.refusals import Reason
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.projects.models import Project
from tests.factories import ProjectFactory
from tests.images.pictures import encoded, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return ProjectFactory()


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP"])
def test_an_exported_synthetic_image_never_comes_back_as_a_real_one(
    project: Project, format_: str
) -> None:
    plain = encoded(picture(), format_)
    sources = [Source("marked", synthetic_mark(plain, "assay:1:2")), Source("plain", plain)]
    report = images_ingest(project=project, sources=sources)
    assert [image.name for image in report.accepted] == ["plain"]
    assert [(refused.name, refused.reason) for refused in report.refused] == [
        ("marked", Reason.MARKED_SYNTHETIC)
    ]
