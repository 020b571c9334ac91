"""Realism tests: nothing but the picture tells real from fake, and the figures are honest."""

from __future__ import annotations

import io
import json
import struct
from itertools import count
from typing import Any

import PIL.Image
import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.batches.realism import blind_render, realism_test_create, realism_test_end
from apps.review.batches.realism_results import (
    Looks,
    own_results,
    realism_images,
    realism_results,
    realism_test_get,
)
from apps.review.models import RealismTest, Reservation, Review, ReviewTask
from apps.review.queue.reservations import reservation_take
from apps.review.services import Answer, review_take_back, reviews_record
from apps.review.shares import Share
from tests.factories import ImageFactory, MembershipFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db
KEYS = (f"key {number}" for number in count())


def stored(project: Project, side: int = 28, mode: str = "L", **fields: object) -> Image:
    """An image with a file behind it; a JPEG where it is real, as uploads are."""
    image = ImageFactory(project=project, width=side, height=side, **fields)
    noise = PIL.Image.effect_noise((side, side), 60 + image.pk % 7).convert(mode)
    buffer = io.BytesIO()
    noise.save(buffer, "PNG" if image.origin == "synthetic" else "JPEG")
    image.file = default_storage.save(image.file, ContentFile(buffer.getvalue()))
    image.save(update_fields=["file"])
    return image


def batch_of(project: Project, number: int, name: str = "coat") -> dict[int, int]:
    """Synthetic images, each with the class it was made for."""
    made_for = project.annotation_classes.get(name=name)
    images = [stored(project, origin="synthetic", split="train") for _ in range(number)]
    return {image.pk: made_for.pk for image in images}


def reals_of(project: Project, number: int, name: str = "coat", **fields: object) -> list[Image]:
    known = project.annotation_classes.get(name=name)
    kept: dict[str, object] = {"split": "train", "status": "accepted", "annotation_class": known}
    return [stored(project, side=40, mode="RGB", **(kept | fields)) for _ in range(number)]


def create(project: Project, synthetic: dict[int, int], **options: object) -> RealismTest:
    wanted: dict[str, object] = {"batch": 1, "count": 3, "seed": 5} | options
    return realism_test_create(project=project, synthetic=synthetic, **wanted)


def tasks_of(test: RealismTest, origin: str) -> list[ReviewTask]:
    return list(test.tasks.filter(image__origin=origin).order_by("pk"))


def look(user: User, task: ReviewTask, verdict: str) -> Review:
    given = Answer(task.pk, verdict, next(KEYS), 1.0)
    [outcome] = reviews_record(project=task.project, user=user, answers=[given])
    assert outcome.status == "stored", outcome.message
    return Review.objects.get(pk=outcome.id)


# --- The draw -------------------------------------------------------------------------------
def test_both_halves_are_as_many_and_of_the_same_classes(project: Project) -> None:
    synthetic = batch_of(project, 4) | batch_of(project, 2, "boot")
    reals_of(project, 6), reals_of(project, 3, "boot"), reals_of(project, 5, "shirt")
    test = create(project, synthetic, count=6, exposure_ms=500, looks_per_image=2)
    fakes, reals = tasks_of(test, "synthetic"), tasks_of(test, "real")
    assert {task.image_id for task in fakes} == set(synthetic)
    names = sorted(task.image.annotation_class.name for task in reals)
    assert names == ["boot", "boot", "coat", "coat", "coat", "coat"]
    assert {(task.free_places, task.reviews_needed, task.kind) for task in fakes + reals} == {
        (2, 2, "realism")
    }
    assert (test.exposure_ms, test.batch) == (500, 1)


def test_what_is_sealed_or_set_apart_is_never_shown(project: Project) -> None:
    for split in ("select", "test"):
        reals_of(project, 2, split=split)
    reals_of(project, 2, status="quarantined")
    with pytest.raises(ValidationError, match="0 real ones"):
        create(project, batch_of(project, 2))
    assert not RealismTest.objects.exists()
    [shown] = reals_of(project, 1, "boot", split="pool", status="unreviewed")
    test = create(project, batch_of(project, 2))
    assert [task.image for task in tasks_of(test, "real")] == [shown]
    assert len(tasks_of(test, "synthetic")) == 1


def test_ids_are_in_random_order_and_the_draw_can_be_repeated(project: Project) -> None:
    synthetic = batch_of(project, 12)
    reals_of(project, 12)
    orders = []
    for seed in (1, 1, 2):
        test = create(project, synthetic, count=12, seed=seed)
        orders.append(list(test.tasks.order_by("pk").values_list("image", flat=True)))
    assert orders[0] == orders[1] != orders[2]
    sides = [pk in synthetic for pk in orders[0]]
    assert sides not in (sorted(sides), sorted(sides, reverse=True))


def test_images_that_nobody_has_judged_come_first(project: Project, annotator: User) -> None:
    reals = reals_of(project, 6)
    for image in reals[:3]:
        task = ReviewTaskFactory(project=project, image=image)
        Review.objects.create(
            task=task, user=annotator, verdict="unclear", seconds=1, key=next(KEYS)
        )
    test = create(project, batch_of(project, 3))
    assert {task.image_id for task in tasks_of(test, "real")} == {image.pk for image in reals[3:]}


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"count": 999}, {"exposure_ms": 1}, {"looks_per_image": 10}]
)
def test_a_wrong_plan_says_what_is_wrong(project: Project, wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError) as refused:
        create(project, {}, **wrong)
    assert set(refused.value.message_dict) == set(wrong)


# --- Blindness ------------------------------------------------------------------------------
def chunks(png: bytes) -> list[tuple[bytes, int]]:
    """The names and lengths of a PNG's chunks."""
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        found.append((png[at + 4 : at + 8], length))
        at += 12 + length
    return found


def test_real_and_fake_pictures_differ_in_nothing_but_their_pixels(
    project: Project, annotator: User, client: Client
) -> None:
    reals_of(project, 4)
    test = create(project, batch_of(project, 4), count=4)
    reservation_take(project=project, user=annotator, size=20)
    client.force_login(annotator)
    seen = {"real": set(), "synthetic": set()}
    for task in test.tasks.select_related("image"):
        answer = client.get(reverse("review_task_image", args=[project.slug, task.pk]))
        assert answer.status_code == 200
        assert not {"ETag", "Last-Modified", "Content-Disposition"} & set(answer.headers)
        with PIL.Image.open(io.BytesIO(answer.content)) as picture:
            seen[task.image.origin].add(
                (
                    picture.mode, picture.size, str(picture.info), len(answer.content),
                    str(chunks(answer.content)), str(sorted(answer.headers.items())),
                )
            )  # fmt: skip
    assert len(seen["real"]) == 1
    assert seen["real"] == seen["synthetic"]


def test_what_the_api_tells_of_a_task_differs_in_nothing_but_its_id(
    project: Project, annotator: User
) -> None:
    reals_of(project, 3)
    test = create(project, batch_of(project, 3), exposure_ms=300)
    origins = dict(test.tasks.values_list("pk", "image__origin"))
    client = APIClient()
    client.force_authenticate(annotator)
    path = f"/api/v1/projects/{project.slug}/review"

    def told(rows: list[dict[str, Any]], name: str) -> dict[str, set[str]]:
        """What is told of each origin, but for ids and times."""
        seen: dict[str, set[str]] = {"real": set(), "synthetic": set()}
        for row in rows:
            task = row[name]
            plain = {key: row[key] for key in row if key not in ("id", "at", "task")}
            text = json.dumps(plain, sort_keys=True)
            seen[origins[task]].add(text.replace(f"/tasks/{task}/", "/tasks/TASK/"))
        return seen

    held = client.post(f"{path}/reservations/", {"kinds": ["realism"]}, format="json").json()
    tasks = told(held["tasks"], "id")
    assert len(tasks["real"]) == 1
    assert tasks["real"] == tasks["synthetic"]
    assert {task["exposure_ms"] for task in held["tasks"]} == {300}
    for task in test.tasks.all():
        look(annotator, task, "real")
        client.post(f"{path}/remarks/", {"task": task.pk, "kind": "bookmark"}, format="json")
    history = told(client.get(f"{path}/history/").json(), "task")
    assert len(history["real"]) == 1
    assert history["real"] == history["synthetic"]
    marks = told(client.get(f"{path}/remarks/").json(), "task")
    assert marks["real"] == marks["synthetic"] != set()


def test_a_grey_project_shows_no_colour() -> None:
    red = PIL.Image.new("RGB", (60, 40), (200, 10, 10))
    buffer = io.BytesIO()
    red.save(buffer, "PNG", pnginfo=None)
    with PIL.Image.open(io.BytesIO(blind_render(buffer.getvalue(), [28, 28], 1))) as picture:
        pixel = picture.getpixel((3, 3))
        assert (picture.mode, picture.size, len(set(pixel))) == ("RGB", (28, 28), 1)
    with PIL.Image.open(io.BytesIO(blind_render(buffer.getvalue(), [28, 28], 3))) as picture:
        assert picture.getpixel((3, 3)) == (200, 10, 10)


def test_an_images_page_tells_no_looks_before_the_test_is_done(
    project: Project, annotator: User, manager: User, client: Client
) -> None:
    reals_of(project, 1)
    test = create(project, batch_of(project, 1), count=1)
    [fake], [real] = tasks_of(test, "synthetic"), tasks_of(test, "real")
    address = reverse("image_reviews", args=[project.slug, fake.image_id])
    for task, is_told in ((fake, False), (real, True)):
        look(annotator, task, "fake")
        for user in (annotator, manager):
            client.force_login(user)
            assert ("taken for fake" in client.get(address).content.decode()) is is_told


def test_only_who_holds_or_answered_a_task_sees_its_picture(
    project: Project, annotator: User, manager: User, client: Client
) -> None:
    reals_of(project, 1)
    test = create(project, batch_of(project, 1), count=1)
    task = test.tasks.first()
    address = reverse("review_task_image", args=[project.slug, task.pk])

    def status(user: User) -> int:
        client.force_login(user)
        return client.get(address).status_code

    other = MembershipFactory(project=project).user
    assert (status(annotator), status(manager)) == (404, 200)
    reservation_take(project=project, user=annotator, size=20)
    assert (status(annotator), status(other)) == (200, 404)
    look(annotator, task, "fake")
    Reservation.objects.all().delete()
    assert (status(annotator), status(other)) == (200, 404)
    ordinary = ReviewTaskFactory(project=project)
    address = reverse("review_task_image", args=[project.slug, ordinary.pk])
    assert status(manager) == 404


# --- Answers --------------------------------------------------------------------------------
def test_an_answer_changes_no_image_and_can_be_taken_back(
    project: Project, annotator: User
) -> None:
    reals_of(project, 1)
    test = create(project, batch_of(project, 1), count=1)
    states = list(Image.objects.order_by("pk").values())
    [fake], [real] = tasks_of(test, "synthetic"), tasks_of(test, "real")
    review = look(annotator, fake, "real")
    look(annotator, real, "fake")
    assert realism_test_get(project, test.pk).open == 0
    assert list(Image.objects.order_by("pk").values()) == states
    assert not ReviewTask.objects.exclude(kind="realism").exists()

    validation = ReviewTaskFactory(project=project, image=fake.image, kind="validate")
    look(annotator, validation, "right")
    judged = Image.objects.get(pk=fake.image_id).status
    review_take_back(user=annotator, review=review)
    assert Image.objects.get(pk=fake.image_id).status == judged == "accepted"
    assert realism_test_get(project, test.pk).open == 1


def test_a_look_at_a_known_image_does_not_stop_a_validation_from_being_taken_back(
    project: Project, annotator: User
) -> None:
    reals_of(project, 1)
    synthetic = batch_of(project, 1)
    image = Image.objects.get(pk=next(iter(synthetic)))
    validated = look(
        annotator, ReviewTaskFactory(project=project, image=image, kind="validate"), "right"
    )
    test = create(project, synthetic, count=1)
    look(annotator, tasks_of(test, "synthetic")[0], "fake")
    review_take_back(user=annotator, review=validated)
    assert Image.objects.get(pk=image.pk).status == "unreviewed"
    result = realism_results([test])[test.pk]
    assert (result.left_out, result.looks.fooled.of) == (1, 0)


def test_an_ended_test_asks_no_more_and_keeps_what_it_has(
    project: Project, annotator: User
) -> None:
    reals_of(project, 2)
    test = create(project, batch_of(project, 2), count=2)
    look(annotator, tasks_of(test, "synthetic")[0], "real")
    assert realism_test_end(test=test) == 3
    counted = realism_test_get(project, test.pk)
    assert (counted.images, counted.open, counted.needed, counted.given) == (4, 0, 4, 1)
    assert reservation_take(project=project, user=annotator, size=20)[0] == []


# --- Results --------------------------------------------------------------------------------
def test_shares_have_wilsons_interval() -> None:
    share = Share(3, 10)
    assert (share.value, round(share.low, 4), round(share.high, 4)) == (0.3, 0.1078, 0.6032)
    assert (Share(0, 0).value, Share(0, 0).low, Share(0, 0).high) == (None, 0.0, 1.0)
    assert Share(10, 10).high == 1.0
    assert Share(1, 2) + Share(2, 3) == Share(3, 5)


def test_the_result_counts_fakes_and_reals_apart(
    project: Project, annotator: User, manager: User
) -> None:
    reals_of(project, 4)
    test = create(project, batch_of(project, 4), count=4, looks_per_image=2)
    fakes, reals = tasks_of(test, "synthetic"), tasks_of(test, "real")
    for user, mistakes in ((annotator, 3), (manager, 1)):
        for number, task in enumerate(fakes):
            look(user, task, "real" if number < mistakes else "fake")
        for number, task in enumerate(reals):
            look(user, task, "fake" if number < 1 else "real")
    result = realism_results([test])[test.pk]
    assert result.looks == Looks(fooled=Share(4, 8), doubted=Share(2, 8))
    assert result.looks.errors == Share(6, 16)
    assert result.people[annotator.username].right == Share(4, 8)
    assert result.inattentive == []
    shown = realism_images(test)
    assert len(shown) == 8
    mistaken = {looked.image.pk for looked in shown if looked.is_mistaken}
    expected = {task.image_id for task in fakes[:3]} | {reals[0].image_id}
    assert mistaken == expected


def test_who_calls_every_real_image_fake_does_not_count(
    project: Project, annotator: User, manager: User
) -> None:
    reals_of(project, 8)
    test = create(project, batch_of(project, 8), count=8, looks_per_image=2)
    for task in tasks_of(test, "synthetic"):
        look(annotator, task, "fake"), look(manager, task, "real")
    for task in tasks_of(test, "real"):
        look(annotator, task, "fake"), look(manager, task, "real")
    result = realism_results([test])[test.pk]
    assert result.inattentive == [annotator.username]
    assert result.looks == Looks(fooled=Share(8, 8), doubted=Share(0, 8))


def test_nobody_learns_their_score_before_the_test_is_done(
    project: Project, annotator: User
) -> None:
    reals_of(project, 1)
    test = create(project, batch_of(project, 1), count=1)
    [fake], [real] = tasks_of(test, "synthetic"), tasks_of(test, "real")
    look(annotator, fake, "fake")
    assert own_results(project, annotator) == []
    look(annotator, real, "fake")
    [(done, own)] = own_results(project, annotator)
    assert (done.pk, own.right) == (test.pk, Share(1, 2))
