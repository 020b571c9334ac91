"""Images that come in are parted once, by content, with those that they nearly equal."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from apps.images.models import Image
from apps.images.splits.policies import split_policy_change
from apps.projects.models import Project
from tests.factories import ProjectFactory
from tests.images.splits.arriving import Arriving, arrive, splits_now

pytestmark = pytest.mark.django_db
NAMES = ["boot", "coat", "shirt"]


def a_batch(seed: int, count: int, *, prefix: str = "") -> list[Arriving]:
    """Images of all classes, some of them near-duplicates of earlier ones of the batch."""
    draws = random.Random(seed)
    batch: list[Arriving] = []
    for number in range(count):
        name = f"{prefix}{seed}-{number}"
        first = draws.choice(batch) if batch and draws.random() < 0.3 else None
        group = (first.group or first.name) if first else ""
        told = draws.choice(["", "", "", "train", "test"]) if not first else ""
        kind = draws.choices([*NAMES, ""], [8, 4, 1, 3])[0]
        batch.append(Arriving(name, kind, told, group))
    return batch


def automatic(project: Project, **values: object) -> None:
    split_policy_change(project=project, values=values, actor=None)


def test_without_a_policy_what_has_a_class_is_trained_on_and_the_rest_waits(
    project: Project,
) -> None:
    splits = arrive(project, [Arriving("a", "boot"), Arriving("b"), Arriving("c", "boot", "test")])
    assert splits == {"a": "train", "b": "pool", "c": "test"}


def test_a_policy_that_is_not_automatic_leaves_what_comes_in(project: Project) -> None:
    automatic(project, is_automatic=False)
    arrive(project, a_batch(1, 60))
    assert not Image.objects.filter(project=project, split="select").exists()


@pytest.mark.parametrize("seed", range(4))
def test_groups_are_never_torn_and_what_is_there_never_moves(project: Project, seed: int) -> None:
    automatic(project, least_per_class=5, seed=seed)
    before: dict[str, str] = {}
    first = a_batch(seed, 150)
    # The second batch joins groups of the first.
    second = [
        Arriving(f"again {image.name}", "boot", "", image.group or image.name)
        for image in first[::7]
    ] + a_batch(seed + 100, 100)
    for batch in (first, second):
        arrive(project, batch)
        now = splits_now(project)
        assert before.items() <= now.items()
        before = now
    for image in [*first, *second]:
        if image.group:
            mine, its = before[image.name], before[image.group]
            assert {mine, its} <= {"pool", "train"} or mine == its, image


@pytest.mark.parametrize("seed", range(4))
def test_the_same_images_get_the_same_splits_in_any_database_and_order(seed: int) -> None:
    found = []
    for order in (1, 2):
        project = ProjectFactory()
        automatic(project, least_per_class=6, seed=3)
        for number in range(3):
            batch = a_batch(seed * 10 + number, 60)
            random.Random(order).shuffle(batch)
            arrive(project, batch)
        found.append(splits_now(project))
    assert found[0] == found[1]


def test_a_rare_class_gets_its_least_number_from_the_batch_and_keeps_half_in_train(
    project: Project,
) -> None:
    automatic(project, least_per_class=10, test_share=0.02, select_share=0.02, guidance_share=0.0)
    arrive(project, [Arriving(f"boot {number}", "boot") for number in range(400)])
    arrive(project, [Arriving(f"coat {number}", "coat") for number in range(12)])
    counts = Counter(Image.objects.values_list("annotation_class__name", "split"))
    assert counts["boot", "test"] >= 10
    assert counts["boot", "select"] >= 10
    assert (counts["coat", "test"], counts["coat", "select"], counts["coat", "train"]) == (3, 3, 6)


def test_images_that_come_one_by_one_reach_the_least_numbers_too(project: Project) -> None:
    automatic(project, least_per_class=3, test_share=0.0, select_share=0.0, guidance_share=0.0)
    for number in range(16):
        arrive(project, [Arriving(f"boot {number}", "boot")])
    assert Counter(splits_now(project).values()) == {"train": 10, "select": 3, "test": 3}


def test_an_unannotated_image_that_nearly_equals_one_in_test_is_not_learned_from(
    project: Project,
) -> None:
    automatic(project)
    arrive(project, [Arriving("a", "boot", "test")])
    assert arrive(project, [Arriving("b", "", "", "a")]) == {"b": "test"}


def test_a_told_split_is_obeyed_though_it_tears_a_group(project: Project) -> None:
    automatic(project)
    arrive(project, [Arriving("a", "boot", "test")])
    assert arrive(project, [Arriving("b", "boot", "train", "a")]) == {"b": "train"}


def test_shares_of_a_large_class_are_near_those_asked_for(project: Project) -> None:
    automatic(project, test_share=0.2, select_share=0.1, guidance_share=0.1, least_per_class=0)
    arrive(project, [Arriving(f"boot {number}", "boot") for number in range(3000)])
    counts = Counter(splits_now(project).values())
    for split, share in {"test": 0.2, "select": 0.1, "guidance": 0.1, "train": 0.6}.items():
        # Five standard deviations of a binomial draw; the seed is fixed.
        assert abs(counts[split] - share * 3000) < 5 * (3000 * share * (1 - share)) ** 0.5
