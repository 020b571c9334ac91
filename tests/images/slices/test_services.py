"""Making slices, and which images they have."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from apps.accounts.errors import Conflict
from apps.accounts.models import AuditEntry, User
from apps.images.models import Image, Slice
from apps.images.slices import services
from apps.images.slices.selectors import (
    rules_suggested,
    slice_counts,
    slice_images,
    slice_members,
    slices_of,
)
from apps.images.slices.services import (
    slice_change,
    slice_create,
    slice_images_change,
    slice_remove,
)
from apps.jobs.models import JobEvent
from apps.projects.models import Project
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


def by_camera(project: Project, camera: object = "3") -> Slice:
    return slice_create(project=project, actor=None, name="camera", rule={"camera": camera})


def test_images_join_by_their_metadata_when_they_come_in(project: Project) -> None:
    slice_ = by_camera(project)
    assert not slice_images(slice_).exists()
    inside = ImageFactory(project=project, metadata={"camera": "3", "light": "night"})
    for metadata in ({"camera": 3}, {"camera": "4"}, {}):
        ImageFactory(project=project, metadata=metadata)
    ImageFactory(metadata={"camera": "3"})
    assert list(slice_images(slice_)) == [inside]
    assert list(slices_of(inside)) == [slice_]
    slice_change(slice_=slice_, actor=None, rule={"camera": 3})
    assert [image.metadata for image in slice_images(slice_)] == [{"camera": 3}]


def test_images_are_put_in_by_hand_and_taken_out(project: Project, manager: User) -> None:
    first, second, third = ImageFactory.create_batch(3, project=project)
    slice_ = slice_create(
        project=project, actor=manager, name=" odd ones ", image_ids=[first.pk, first.pk]
    )
    assert slice_.name == "odd ones"
    change = slice_images_change(
        slice_=slice_, actor=manager, add=[first.pk, second.pk], remove=[third.pk]
    )
    assert (change.added, change.removed) == (1, 0)
    assert list(slice_images(slice_)) == [second, first]
    assert list(slices_of(second)) == [slice_]
    slice_images_change(slice_=slice_, actor=manager, remove=[first.pk])
    assert list(slice_images(slice_)) == [second]
    slice_remove(slice_=slice_, actor=manager)
    assert Image.objects.count() == 3
    kinds = list(JobEvent.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["slice.created", "slice.changed", "slice.changed", "slice.removed"]
    actions = set(AuditEntry.objects.filter(actor=manager).values_list("action", flat=True))
    assert actions == {"slice.create", "slice.change", "slice.remove"}


@pytest.mark.parametrize("where", ["nowhere", "another project"])
def test_an_image_that_the_project_has_not_refuses_the_whole_call(
    project: Project, where: str
) -> None:
    known = ImageFactory(project=project)
    other = ImageFactory().pk if where == "another project" else 10**9
    slice_ = slice_create(project=project, actor=None, name="odd ones")
    with pytest.raises(ValidationError, match=f"no image {other}; take") as error:
        slice_images_change(slice_=slice_, actor=None, add=[known.pk, other])
    assert "add" in error.value.message_dict
    assert not slice_images(slice_).exists()


def test_too_many_images_at_once_are_refused_with_how_many_may_be(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_AT_ONCE", 2)
    slice_ = slice_create(project=project, actor=None, name="odd ones")
    with pytest.raises(ValidationError, match="3 images are more than the 2 of one call"):
        slice_images_change(slice_=slice_, actor=None, remove=[1, 2, 3])


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"name": " "}, "name", "Give the slice a name"),
        ({"name": "camera"}, "name", "has a slice 'camera' already"),
        ({"name": "x" * 81}, "name", "at most 80 characters"),
        ({"rule": {}}, "rule", "{} is no rule: write a JSON object"),
        ({"rule": ["camera"]}, "rule", r'\["camera"\] is no rule'),
        ({"rule": {"camera": "x" * 2000}}, "rule", "at most 2,000 characters; this has 2014"),
        ({"rule": {"camera": "\0"}}, "rule", "no JSON that can be kept"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    project: Project, said: dict[str, object], field: str, sentence: str
) -> None:
    by_camera(project)
    with pytest.raises(ValidationError, match=sentence) as error:
        slice_create(project=project, actor=None, **{"name": "night", **said})
    assert field in error.value.message_dict


def test_a_slice_stays_of_its_kind(project: Project) -> None:
    image = ImageFactory(project=project, metadata={"camera": "3"})
    slice_, by_hand = by_camera(project), slice_create(project=project, actor=None, name="odd")
    with pytest.raises(Conflict, match=r'whose metadata contain \{"camera": "3"\}'):
        slice_images_change(slice_=slice_, actor=None, remove=[image.pk])
    with pytest.raises(ValidationError, match="made by hand and stays so"):
        slice_change(slice_=by_hand, actor=None, rule={"camera": "3"})
    with pytest.raises(ValidationError, match="made by metadata and stays so"):
        slice_change(slice_=slice_, actor=None, rule=None)


def test_a_project_has_only_so_many(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_SLICES", 1)
    by_camera(project)
    with pytest.raises(Conflict, match="at most 1 slices; delete one first"):
        slice_create(project=project, actor=None, name="another")


def test_rules_are_suggested_by_what_images_share(project: Project) -> None:
    for number in range(6):
        camera = {"camera": str(number % 2), "taken": f"at {number}", "size": [number]}
        ImageFactory(project=project, metadata=camera)
    ImageFactory.create_batch(2, metadata={"light": "night"})
    assert rules_suggested(project) == ['{"camera": "0"}', '{"camera": "1"}']


def test_images_are_counted_of_all_slices_at_once(
    project: Project, django_assert_num_queries: object
) -> None:
    boot = project.annotation_classes.get(name="boot")
    real = {"project": project, "annotation_class": boot, "status": "accepted"}
    camera = {"metadata": {"camera": "3"}}
    slice_ = by_camera(project)
    selected = ImageFactory(**real, **camera, split="select")
    ImageFactory(**{**real, "status": "quarantined"}, **camera, split="select")
    ImageFactory(project=project, **camera)
    ImageFactory(**real, **camera, split="train", origin="synthetic")
    ImageFactory(**real, split="test")
    empty = slice_create(project=project, actor=None, name="empty")
    by_hand = slice_create(project=project, actor=None, name="odd", image_ids=[selected.pk])
    with django_assert_num_queries(1):  # type: ignore[operator]
        counts = slice_counts([slice_, empty, by_hand])
    assert counts[slice_.pk].images == 4
    assert {split: n for split, n in counts[slice_.pk].annotated.items() if n} == {"select": 1}
    assert counts[by_hand.pk].annotated["select"] == 1
    assert empty.pk not in counts
    assert set(slice_counts([by_hand])) == {by_hand.pk}
    with django_assert_num_queries(1):  # type: ignore[operator]
        members = slice_members(project.pk, ["0" * 64, selected.sha256])
    assert members == {slice_.pk: [1], by_hand.pk: [1]}
