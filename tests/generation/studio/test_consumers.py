"""The studio over its websocket, with a real worker and a real generator."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.files.storage import default_storage
from PIL import Image as PillowImage

from apps.accounts.models import User
from apps.generation.studio import wire
from apps.projects.models import Project
from apps.projects.services import membership_remove
from apps.training.models import Checkpoint
from ml_engine.worker.studio import drawing, shelf
from tests.generation.making import batch_made, generator_made
from tests.sockets import Header, Socket, opened, session_header

# All test processes share one Valkey, and its studio workers take whatever waits.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("studio")]


def scenario(story: Callable[..., Any]) -> Callable[..., None]:
    """A test whose story is told in the event loop."""
    return async_to_sync(story)


@pytest.fixture
def recipe(generator: Checkpoint) -> dict[str, Any]:
    """Of the generator's first class."""
    first = generator.project.annotation_classes.get(position=0)
    return {"checkpoint": generator.pk, "class": first.pk, "start": {"seed": 7}}


class Studio(Socket):
    """A socket that speaks of pictures."""

    async def ask(self, number: int, wanted: Any) -> None:
        await self.send_json({"number": number, "recipe": wanted})

    async def send_json(self, message: Any) -> None:
        await self.send_input({"type": "websocket.receive", "text": json.dumps(message)})

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next message of that kind."""
        while (message := await self.event())["kind"] != kind:
            pass
        return message


def path(project: Project) -> str:
    return f"/ws/projects/{project.slug}/studio/"


def pixels(picture: dict[str, Any]) -> np.ndarray:
    return np.asarray(PillowImage.open(io.BytesIO(base64.b64decode(picture["png"]))))


def studio(project: Project, headers: Header) -> Any:
    return opened(path(project), headers, kind=Studio)


def test_a_recipe_comes_back_as_its_picture(
    project: Project,
    generator: Checkpoint,
    recipe: dict[str, Any],
    annotator: User,
    studio_worker: None,
) -> None:
    batch = batch_made(generator)
    lineage = batch.synthetic_images.select_related("image").get(sample_index=2)
    with default_storage.open(lineage.image.file, "rb") as file:
        kept = np.asarray(PillowImage.open(file)).astype(int)
    headers = session_header(annotator)

    @scenario
    async def story() -> None:
        async with studio(project, headers) as socket:
            assert await socket.hear("worker") == {"kind": "worker", "alive": True}
            await socket.ask(1, recipe)
            assert (await socket.event())["kind"] == "warming"
            first = await socket.hear("picture")
            assert first["number"] == 1
            assert pixels(first).shape == (28, 28)
            image = {"image": lineage.image_id}
            wanted = {**recipe, "class": lineage.annotation_class_id, "start": image}
            await socket.ask(2, wanted)
            again = pixels(await socket.hear("picture")).astype(int)
            assert np.abs(again - kept).max() <= 1
            await socket.ask(3, {**wanted, "towards": {"seed": 7}, "share": 1})
            assert not np.array_equal(pixels(await socket.hear("picture")), again)

    story()


@pytest.mark.usefixtures("studio_worker")
def test_a_film_tells_how_far_it_is_and_ends_with_another_wish_or_its_socket(
    project: Project, recipe: dict[str, Any], annotator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = session_header(annotator)
    way = {**recipe, "towards": {"seed": 8}}
    drawn: list[int] = []
    draw = drawing.preview

    def counted(*arguments: Any) -> Any:
        drawn.append(1)
        time.sleep(0.05)
        return draw(*arguments)

    monkeypatch.setattr(drawing, "preview", counted)

    @scenario
    async def story() -> None:
        async with studio(project, headers) as socket:
            await socket.hear("worker")
            await socket.send_json({"number": 1, "recipe": recipe, "film": "gif"})
            assert (await socket.hear("error"))["message"].startswith("A film needs an end")
            await socket.send_json({"number": 2, "recipe": way, "film": ["gif"]})
            assert (await socket.hear("error"))["message"].startswith("There is no film ['gif'];")
            await socket.send_json({"number": 3, "recipe": way, "film": "webm"})
            seen = [await socket.hear("progress") for _ in range(24)]
            assert [(one["number"], one["done"], one["of"]) for one in seen] == [
                (3, done, 24) for done in range(1, 25)
            ]
            film = await socket.hear("film")
            assert film["number"] == 3
            assert base64.b64decode(film["film"]).startswith(b"\x1aE\xdf\xa3")

            await socket.send_json({"number": 4, "recipe": way, "film": "gif"})
            await socket.hear("progress")
            await socket.ask(5, recipe)
            assert (await socket.hear("picture"))["number"] == 5
            before = len(drawn)
            await asyncio.sleep(1)
            assert len(drawn) <= before + 3

            await socket.send_json({"number": 6, "recipe": way, "film": "strip"})
            await socket.hear("progress")
        before = len(drawn)
        await asyncio.sleep(1)
        assert len(drawn) <= before + 3

    story()


def test_only_the_newest_request_of_a_session_is_drawn() -> None:
    for session in ("one", "two"):
        for number in range(5):
            wire.request_put(wire.Request(session, 1, number, {}))
    first, second = wire.request_take(0.1), wire.request_take(0.1)
    assert first
    assert second
    assert [(first.session, first.number), (second.session, second.number)] == [
        ("one", 4),
        ("two", 4),
    ]
    assert wire.request_take(0.1) is None
    wire.request_put(wire.Request("one", 1, 5, {}))
    assert wire.is_stale(first)
    wire.session_forget("one")
    assert wire.request_take(0.1) is None


def test_bad_messages_are_answered_with_what_is_wrong(
    project: Project, recipe: dict[str, Any], annotator: User, studio_worker: None
) -> None:
    elsewhere = generator_made(Project.objects.create(slug="other", name="Other"))
    headers = session_header(annotator)

    @scenario
    async def story() -> None:
        async with studio(project, headers) as socket:
            await socket.hear("worker")
            for text, told in (
                ("{", "A message must be JSON."),
                ("[" * 9000, "A message must be JSON."),
                ('"x"', "A message is an object with a whole"),
                ("x" * 20_000, "A message is JSON text of at most 16,000 characters."),
            ):
                await socket.send_input({"type": "websocket.receive", "text": text})
                error = await socket.hear("error")
                assert error["number"] is None
                assert error["message"].startswith(told)
            for wanted, told in (
                ({"checkpoint": -1}, "checkpoint is -1"),
                ({**recipe, "start": {"image": 10**9}}, "Image 1000000000 is no synthetic"),
                ({**recipe, "moves": {"99": 1}}, "This generator has no direction 99 any"),
                ({**recipe, "class": 10**9}, "The generator has no class 1000000000"),
                ({**recipe, "checkpoint": elsewhere.pk}, "The project has no generator"),
            ):
                await socket.ask(8, wanted)
                error = await socket.hear("error")
                assert (error["number"], error["message"][: len(told)]) == (8, told)

    story()


def test_a_missing_worker_is_told_at_once_and_a_new_one_draws_what_waits(
    project: Project, recipe: dict[str, Any], annotator: User
) -> None:
    headers = session_header(annotator)

    @scenario
    async def story() -> None:
        async with studio(project, headers) as socket:
            assert await socket.event() == {"kind": "worker", "alive": False}
            await socket.ask(1, recipe)
            await sync_to_async(wire.sign_of_life)()
            assert await socket.event() == {"kind": "worker", "alive": True}
            assert (await sync_to_async(wire.request_take)(1)).number == 1  # type: ignore[union-attr]

    story()
    wire._client().flushdb()


def test_who_is_no_member_any_more_is_turned_away(
    project: Project, recipe: dict[str, Any], annotator: User, manager: User
) -> None:
    headers = session_header(annotator)

    @scenario
    async def story() -> None:
        async with studio(project, headers) as socket:
            await socket.hear("worker")
            membership = project.memberships.get
            await sync_to_async(membership_remove)(
                membership=await sync_to_async(membership)(user=annotator), actor=manager
            )
            await socket.ask(1, recipe)
            assert (await socket.closing())[0] == 4404
        assert await sync_to_async(wire.request_take)(0.1) is None

    story()


def test_few_generators_are_kept_warm(project: Project) -> None:
    made = [generator_made(project, seed=seed) for seed in range(shelf.MOST_GENERATORS + 1)]
    warm = shelf.Shelf()
    for checkpoint in made:
        warm.generator(project.pk, checkpoint.pk)
    assert not warm.has(made[0].pk)
    assert all(warm.has(checkpoint.pk) for checkpoint in made[1:])
