"""Parting what a project has: shown before, then done, and never what was learned from."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from apps.images.models import Image, SplitPolicy
from apps.images.quality.restoring import images_restore
from apps.images.splits.drawing import draw
from apps.images.splits.mending import Mended, groups_mend
from apps.images.splits.parted import Draw, images_part, parting_preview
from apps.images.splits.policies import images_trained_on, split_policy_change
from apps.images.splits.reading import torn_groups
from apps.images.splits.shares import targets
from apps.projects.models import Project
from tests.factories import ProjectFactory, ReviewTaskFactory
from tests.images.splits.arriving import Arriving, arrive, pixels_of, splits_now

pytestmark = pytest.mark.django_db


def images(kind: str, count: int, *, group: str = "") -> list[Arriving]:
    """Of one class; with `group`, all of them near-duplicates of its first."""
    names = [f"{kind} {group} {number}" for number in range(count)]
    return [Arriving(name, kind, "", names[0] if group else "") for name in names]


def by_policy(project: Project, **values: object) -> SplitPolicy:
    return split_policy_change(
        project=project, values={"is_automatic": False, **values}, actor=None
    )


def counts(project: Project) -> Counter[tuple[str, str]]:
    return Counter(
        Image.objects.filter(project=project).values_list("annotation_class__name", "split")
    )


def test_each_class_gets_its_shares_to_the_image(project: Project) -> None:
    policy = by_policy(project, test_share=0.2, select_share=0.1, guidance_share=0.1, seed=4)
    arrive(project, images("boot", 300) + images("coat", 50) + images("shirt", 3))
    preview = parting_preview(project=project, policy=policy)
    assert images_part(policy=policy, actor=None) == preview
    found = counts(project)
    for name, count in (("boot", 300), ("coat", 50), ("shirt", 3)):
        for split, wanted in targets(policy, count).items():
            assert found[name, split] == wanted
    assert preview.moved == sum(number for (_, split), number in found.items() if split != "train")
    assert images_part(policy=policy, actor=None).moved == 0, "again, it moves nothing more"


@pytest.mark.parametrize("seed", range(3))
def test_groups_stay_whole_and_content_alone_decides(seed: int) -> None:
    draws = random.Random(seed)
    batch = [
        image
        for number in range(25)
        for image in images(
            draws.choice(["boot", "coat"]), draws.randrange(1, 6), group=f"g{number}"
        )
    ]
    found = []
    for _ in range(2):
        project = ProjectFactory()
        draws.shuffle(batch)
        arrive(project, batch)
        images_part(policy=by_policy(project, least_per_class=8, seed=seed), actor=None)
        assert not torn_groups(project).exists()
        found.append(splits_now(project))
    assert found[0] == found[1]
    assert {"test", "select", "train"} <= set(found[0].values())


def test_the_pool_images_of_a_group_go_with_it(project: Project) -> None:
    arrive(project, [*images("boot", 40), Arriving("waits", "", "", "boot  0")])
    Image.objects.filter(name="boot  0").update(group=pixels_of("boot  0"))
    for seed in range(20):
        images_part(policy=by_policy(project, seed=seed, test_share=0.5), actor=None)
    splits = splits_now(project)
    assert splits["boot  0"] in ("train", splits["waits"])
    assert not torn_groups(project).exists()


def test_what_was_trained_on_or_asked_about_stays_and_the_preview_says_so(
    project: Project,
) -> None:
    arrive(project, images("boot", 12) + images("coat", 3, group="g"))
    boots = list(Image.objects.filter(name__startswith="boot").order_by("name"))
    images_trained_on(project=project, hashes=[image.sha256 for image in boots[:6]])
    ReviewTaskFactory(project=project, image=boots[6])
    ReviewTaskFactory(project=project, image=Image.objects.get(name="coat g 1"))
    policy = by_policy(project, test_share=0.5, select_share=0.3, guidance_share=0.0)
    preview = images_part(policy=policy, actor=None)
    assert list(preview.stuck.values()) == [6, 2, 2]
    splits = splits_now(project)
    assert {splits[image.name] for image in boots[:7]} == {"train"}
    assert {split for name, split in splits.items() if name.startswith("coat")} == {"train"}
    assert "test" in {splits[image.name] for image in boots[7:]}


def test_what_is_held_out_already_is_never_moved(project: Project) -> None:
    arrive(project, [Arriving(f"a{number}", "boot", "test") for number in range(30)])
    arrive(project, images("boot", 30))
    images_part(policy=by_policy(project, test_share=0.1), actor=None)
    assert sum(split == "test" for name, split in splits_now(project).items()) == 30


def test_the_database_draws_as_python_does(project: Project) -> None:
    from django.db.models import TextField, Value
    from django.db.models.functions import Concat

    arrive(project, images("boot", 3))
    for image in Image.objects.annotate(
        drawn=Draw(Concat(Value("7:"), "sha256", output_field=TextField()))
    ):
        assert image.drawn == draw(7, image.sha256)


def test_mending_brings_torn_groups_together_and_sets_apart_what_was_learned_from(
    project: Project,
) -> None:
    told = [
        ("a", "boot", "test"), ("a1", "boot", "train"), ("a2", "boot", "guidance"), ("a3", "", ""),
        ("b", "boot", "test"), ("b1", "boot", "select"),
        ("c", "boot", "guidance"), ("c1", "boot", "train"),
        ("d", "boot", "train"), ("d1", "", "pool"),
    ]  # fmt: skip
    arrive(project, [Arriving(name, kind, split, name[0]) for name, kind, split in told])
    images_trained_on(
        project=project,
        hashes=list(Image.objects.filter(name="a1").values_list("sha256", flat=True)),
    )
    assert torn_groups(project).count() == 3
    assert groups_mend(project=project, actor=None) == Mended(groups=3, moved=3, set_apart=2)
    assert splits_now(project) | {"a1": "", "a2": ""} == {
        "a": "test", "a1": "", "a2": "", "a3": "test", "b": "select", "b1": "select",
        "c": "train", "c1": "train", "d": "train", "d1": "pool",
    }  # fmt: skip
    apart = Image.objects.filter(status=Image.Status.QUARANTINED)
    assert set(apart.values_list("name", flat=True)) == {"a1", "a2"}
    restored = images_restore(
        project=project, image_ids=list(apart.values_list("pk", flat=True)), by=None
    )
    assert restored.restored == [], "restored, they would measure what was learned from them"
    assert not torn_groups(project).exists()
