"""What a mix holds."""

from __future__ import annotations

from collections import Counter

import pytest

from apps.images.models import Image
from apps.loops import recipes
from apps.loops.recipes import MixRow, synthetic_draw
from apps.projects.models import Project
from tests.factories import ImageFactory, SyntheticImageFactory


def rows(prefix: str, *positions: int) -> list[MixRow]:
    return [
        MixRow(f"{prefix}{number}", position, number) for number, position in enumerate(positions)
    ]


REAL = rows("real", *[0, 1] * 20)
SYNTHETIC = rows("synthetic", *[0] * 80, *[1] * 80)


def drawn(ratio: float, *, cap: float = 3.0, seed: int = 1) -> list[MixRow]:
    return synthetic_draw(REAL, SYNTHETIC, ratio=ratio, most_per_real=cap, seed=seed)


def test_the_ratio_is_synthetic_over_real() -> None:
    assert len(drawn(0)) == 0
    assert len(drawn(0.5)) == 20
    assert len(drawn(2)) == 80


def test_arms_of_one_seed_differ_only_in_what_the_ratio_adds() -> None:
    assert drawn(1)[:20] == drawn(0.5)
    assert drawn(1, seed=2) != drawn(1, seed=1)


def test_no_class_gets_more_than_its_cap() -> None:
    counts = Counter(row.position for row in drawn(4, cap=1.5))
    assert counts == {0: 30, 1: 30}


def test_a_class_without_real_images_gets_no_synthetic_ones() -> None:
    strangers = rows("strange", *[2] * 10)
    assert synthetic_draw(REAL, strangers, ratio=1, most_per_real=3, seed=1) == []


def test_the_draw_follows_content_and_not_row_numbers() -> None:
    renumbered = [MixRow(row.sha256, row.position, row.image_id + 1000) for row in SYNTHETIC]
    again = synthetic_draw(REAL, reversed(renumbered), ratio=1, most_per_real=3, seed=1)
    assert [row.sha256 for row in again] == [row.sha256 for row in drawn(1)]


@pytest.mark.django_db
def test_unseen_images_are_mixed_only_from_batches_that_were_let_in(project: Project) -> None:
    boot = project.annotation_classes.get(name="boot")
    coat = project.annotation_classes.get(name="coat")
    accepted = SyntheticImageFactory(project=project, annotation_class=boot)
    Image.objects.filter(pk=accepted.image_id).update(
        status=Image.Status.ACCEPTED, annotation_class=boot
    )
    SyntheticImageFactory(project=project, annotation_class=boot)
    refused = SyntheticImageFactory(project=project, annotation_class=boot)
    Image.objects.filter(pk=refused.image_id).update(status=Image.Status.REFUSED)
    let_in = SyntheticImageFactory(
        project=project, annotation_class=boot, generation_run__admitted=True
    )
    SyntheticImageFactory(
        project=project,
        annotation_class=coat,
        generation_run__admitted=True,
        generation_run__audit={"excluded_classes": ["coat"]},
    )
    found = {row.image_id for row in recipes.synthetic_rows(project)}
    assert found == {accepted.image_id, let_in.image_id}


@pytest.mark.django_db
def test_real_rows_are_annotated_training_images_only(project: Project) -> None:
    boot = project.annotation_classes.get(name="boot")
    taken = ImageFactory(
        project=project, split="train", status=Image.Status.ACCEPTED, annotation_class=boot
    )
    ImageFactory(project=project, split="pool")
    ImageFactory(project=project, split="test", status=Image.Status.ACCEPTED, annotation_class=boot)
    assert [row.image_id for row in recipes.real_rows(project)] == [taken.pk]
