"""What a mix holds."""

from __future__ import annotations

from collections import Counter

import pytest

from apps.images.models import Image
from apps.loops import recipes
from apps.loops.recipes import MixRow, Recipe, synthetic_draw
from apps.projects.models import Project
from tests.datasets.versions import entry
from tests.factories import ImageFactory


def rows(prefix: str, *positions: int) -> list[MixRow]:
    return [MixRow(f"{prefix}{number}", position) for number, position in enumerate(positions)]


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


def test_the_draw_follows_content_and_not_the_order_of_rows() -> None:
    again = synthetic_draw(REAL, list(reversed(SYNTHETIC)), ratio=1, most_per_real=3, seed=1)
    assert again == drawn(1)


def test_a_mix_is_of_the_training_split_in_the_order_of_hashes() -> None:
    entries = [
        entry("a", "coat"),
        entry("b", "boot", split="test"),
        entry("c", "boot", split="guidance"),
        entry("d", "shirt", origin="synthetic", lineage="1-0"),
        entry("e", "coat", origin="synthetic", lineage="1-1"),
    ]
    found = recipes.candidates(["boot", "coat", "shirt"], entries)
    assert [row.position for row in found.real] == [1]
    assert sorted(row.position for row in found.synthetic) == [1, 2]
    mix = recipes.mixed(found, Recipe(ratio=1, most_per_real=3, seed=0))
    assert [row.position for row in mix] == [1, 1], "no shirt is real, so none is mixed in"
    assert mix == sorted(mix)


@pytest.mark.django_db
def test_real_rows_are_annotated_training_images_only(project: Project) -> None:
    boot = project.annotation_classes.get(name="boot")
    taken = ImageFactory(
        project=project, split="train", status=Image.Status.ACCEPTED, annotation_class=boot
    )
    ImageFactory(project=project, split="pool")
    ImageFactory(project=project, split="test", status=Image.Status.ACCEPTED, annotation_class=boot)
    assert [row.sha256 for row in recipes.real_rows(project)] == [taken.sha256]
