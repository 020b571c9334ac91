"""The studio's worker: who waits for whom, what goes wrong, and whom it harms."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from apps.generation.studio import wire
from apps.images.models import Image
from apps.projects.models import Project
from apps.training.models import Checkpoint
from ml_engine.worker.studio import drawing
from tests.factories import CheckpointFactory, ImageFactory, JobFactory
from tests.generation.making import generator_made
from tests.generation.studio.hearing import Session

# All test processes share one Valkey, and its studio workers take whatever waits.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("studio")]

SLOW_SECONDS = 0.1


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each picture was begun; each takes a while, as a diffusion's do."""
    began: list[float] = []
    quickly: Callable[..., Any] = drawing.preview

    def slowly(*arguments: Any) -> Any:
        began.append(time.monotonic())
        time.sleep(SLOW_SECONDS)
        return quickly(*arguments)

    monkeypatch.setattr(drawing, "preview", slowly)
    return began


@pytest.mark.usefixtures("slow", "studio_worker")
def test_films_give_way_to_pictures_and_take_turns(generator: Checkpoint) -> None:
    with Session(generator) as one, Session(generator) as other, Session(generator) as mover:
        one.ask(film="gif")
        other.ask(film="strip")
        assert one.hear("progress") == {"kind": "progress", "number": 1, "done": 1, "of": 24}
        for number in range(5):
            asked = time.monotonic()
            mover.ask(number, start={"seed": number})
            assert mover.hear("picture")["number"] == number
            # Its own time and that of one picture of a film, not of all of them (3.3 s).
            assert time.monotonic() - asked < 1.5
        strip = other.hear_until("film")
        assert [answer["done"] for answer in strip if answer["kind"] == "progress"] == [
            *range(1, 10)
        ]
        left = one.hear_until("film")
        assert len([answer for answer in left if answer["kind"] == "progress"]) > 10


@pytest.mark.usefixtures("studio_worker")
def test_a_film_that_nobody_hears_of_any_more_is_not_drawn_on(
    generator: Checkpoint, slow: list[float]
) -> None:
    with Session(generator) as watcher:
        watcher.ask(film="gif")
        watcher.hear("progress")
        with Session(generator) as other:
            other.ask(film="webp")
            other.hear("progress")
    drawn = len(slow)
    time.sleep(5 * SLOW_SECONDS)
    # Of each film the picture that was on its way.
    assert len(slow) <= drawn + 2


@pytest.mark.usefixtures("slow", "studio_worker")
def test_who_asks_for_another_film_hears_no_more_of_the_first(generator: Checkpoint) -> None:
    with Session(generator) as session:
        session.ask(1, film="gif")
        session.hear("progress")
        session.ask(2, film="strip")
        heard = session.hear_until("film")
        numbers = [answer["number"] for answer in heard]
        assert numbers == sorted(numbers)
        assert heard[-1]["number"] == 2


@pytest.mark.usefixtures("studio_worker")
def test_what_fails_harms_nobody_else(generator: Checkpoint) -> None:
    with Session(generator) as wrong, Session(generator) as right:
        wrong.ask(film="gif", moves={"9": 1.0})
        assert wrong.hear("error")["message"].startswith("This generator has no direction 9")
        # As a web process of a later version might.
        wire._client().set(wire._request_key("later"), json.dumps({"session": "later", "new": 1}))
        wire._client().zadd(wire.WAITING_KEY, {"later": 0})
        right.ask()
        right.hear("picture")


@pytest.mark.usefixtures("studio_worker")
def test_where_memory_falls_short_all_is_put_away_and_the_next_try_has_it(
    generator: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = drawing.preview

    def short(*_: Any) -> Any:
        raise RuntimeError("CUDA error: out of memory")

    with Session(generator) as session:
        session.ask(1)
        session.hear("picture")
        monkeypatch.setattr(drawing, "preview", short)
        session.ask(2)
        assert "put away" in session.hear("error")["message"]
        monkeypatch.setattr(drawing, "preview", draw)
        session.ask(3)
        kinds = [answer["kind"] for answer in session.hear_until("picture")]
        assert kinds == ["warming", "picture"]


@pytest.mark.usefixtures("studio_worker")
def test_a_generator_that_is_removed_is_drawn_from_no_more(generator: Checkpoint) -> None:
    with Session(generator) as session:
        session.ask(1)
        session.hear("picture")
        pk = generator.pk
        Checkpoint.objects.filter(pk=pk).delete()
        session.ask(2)
        assert session.hear("error")["message"].startswith(f"The project has no generator {pk}.")


@pytest.mark.usefixtures("studio_worker")
def test_a_classifier_that_is_lost_costs_no_picture(generator: Checkpoint) -> None:
    lost = CheckpointFactory(project=generator.project, folder="runs/lost/checkpoint")
    lost.training_run.purpose = "deployed"
    lost.training_run.save()
    with Session(generator) as session:
        session.ask()
        picture, near = session.hear_until("near")[-2:]
        assert picture["kind"] == "picture"
        assert "There is no checkpoint at" in near["missing"]


@pytest.mark.usefixtures("studio_worker")
def test_no_walk_goes_on_from_an_image_that_measures_by_now(project: Project) -> None:
    generator = generator_made(project)
    image = ImageFactory(project=project, split=Image.Split.POOL)
    point = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    found = JobFactory(
        project=project, kind="invert_image", status="succeeded",
        payload={"generator": generator.pk, "image": image.pk, "position": 0},
        result={"space": "z", "point": point},
    )  # fmt: skip
    with Session(generator) as session:
        start = {"inversion": str(found.pk)}
        session.ask(1, start=start)
        session.hear("picture")
        image.split = Image.Split.TEST
        image.save()
        session.ask(2, start=start)
        assert session.hear("error")["message"].startswith(f"Image {image.pk} was set apart, meas")
