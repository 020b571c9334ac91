"""The project's log over a websocket: replayed, live, in order, to members only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import api_token_create, api_token_revoke
from apps.jobs import broker, consumers
from apps.jobs.services import event_publish
from apps.projects.models import Membership, Project
from apps.projects.services import membership_remove
from config import embedded
from tests.sockets import PATIENCE, Socket, cookie_header, opened, session_header

pytestmark = pytest.mark.django_db(transaction=True)

PAST_PAGES = consumers.PAGE * 2 + 7


def publish(project: Project, count: int = 1) -> None:
    for number in range(count):
        event_publish(project_id=project.pk, kind="test", payload={"number": number})


def path(project: Project, after: object = None) -> str:
    query = "" if after is None else f"?after={after}"
    return f"/ws/projects/{project.slug}/events/{query}"


def scenario(story: Callable[..., Any]) -> Callable[..., None]:
    """A test whose story is told in the event loop."""
    return async_to_sync(story)


def test_without_after_it_begins_at_the_present(project: Project, annotator: User) -> None:
    publish(project, 3)
    headers = session_header(annotator)

    @scenario
    async def story() -> None:
        async with opened(path(project), headers) as client:
            assert await client.event() == {"kind": "hello", "seq": 3}
            await sync_to_async(publish)(project)
            event = await client.event()
            assert (event["seq"], event["kind"], event["payload"]) == (4, "test", {"number": 0})

    story()


def test_a_client_that_reconnects_misses_nothing_and_sees_nothing_twice(
    project: Project, annotator: User
) -> None:
    """Many pages are replayed while a writer goes on; then it is live."""
    headers = session_header(annotator)
    publish(project, 2)

    @scenario
    async def story() -> None:
        async with opened(path(project, 0), headers) as client:
            assert await client.numbers(2) == [1, 2]
        await sync_to_async(publish)(project, PAST_PAGES)
        async with opened(path(project, 2), headers) as client:
            writing = asyncio.create_task(sync_to_async(publish)(project, 20))
            seen = await client.numbers(PAST_PAGES + 20)
            await writing
        assert seen == list(range(3, PAST_PAGES + 23))

    story()


def test_a_wake_up_delivers_long_before_the_poll(
    project: Project, annotator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "POLL_SECONDS", 60.0)
    headers = session_header(annotator)

    @scenario
    async def story() -> None:
        async with opened(path(project, 0), headers) as client:
            for number in range(1, 4):
                await asyncio.sleep(0.2)
                await sync_to_async(publish)(project)
                assert await client.numbers(1) == [number]

    story()


def test_a_removed_member_receives_nothing_more(project: Project, annotator: User) -> None:
    headers = session_header(annotator)

    @scenario
    async def story() -> None:
        async with opened(path(project, 0), headers) as client:
            await sync_to_async(publish)(project)
            assert await client.numbers(1) == [1]
            membership = await Membership.objects.select_related("project", "user").aget(
                user=annotator
            )
            await sync_to_async(membership_remove)(membership=membership, actor=None)
            await asyncio.sleep(consumers.CHECK_SECONDS)
            await sync_to_async(publish)(project)
            message = await client.receive_output(PATIENCE)
            assert (message["type"], message["code"]) == ("websocket.close", 4404)

    story()


def test_signing_out_ends_the_socket(project: Project, annotator: User) -> None:
    client = Client()
    client.force_login(annotator)
    header = cookie_header(client)

    @scenario
    async def story() -> None:
        async with opened(path(project, 0), header) as communicator:
            await sync_to_async(client.logout)()
            assert (await communicator.closing())[0] == 4401

    story()


def test_a_program_connects_by_token_until_it_is_revoked(project: Project, annotator: User) -> None:
    text = api_token_create(user=annotator, name="watcher")
    publish(project)

    @scenario
    async def story() -> None:
        header = (b"authorization", f"Token {text}".encode())
        async with opened(path(project, 0), header) as client:
            assert await client.numbers(1) == [1]
            token = await annotator.api_tokens.aget()
            await sync_to_async(api_token_revoke)(token=token, actor=annotator)
            assert (await client.closing())[0] == 4401

    story()


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ("x", "whole number"),
        ("-1", "whole number"),
        ("", "whole number"),
        ("9" * 40, "whole number"),
        ("7", "ends at 0"),
    ],
)
def test_an_after_that_names_no_event_is_refused(
    project: Project, annotator: User, after: str, sentence: str
) -> None:
    headers = session_header(annotator)

    @scenario
    async def story() -> None:
        async with opened(path(project, after), headers) as client:
            code, reason = await client.closing()
            assert code == 4400
            assert sentence in reason

    story()


def test_a_stranger_and_nobody_are_refused(project: Project, stranger: User) -> None:
    headers = session_header(stranger)

    @scenario
    async def story() -> None:
        async with opened(path(project)) as nobody:
            assert (await nobody.closing())[0] == 4401
        async with opened(path(project), (b"authorization", b"Token wrong")) as liar:
            assert (await liar.closing())[0] == 4401
        async with opened(path(project), headers) as strangers:
            assert (await strangers.closing())[0] == 4404
        async with opened("/ws/projects/none/events/", headers) as lost:
            assert (await lost.closing())[0] == 4404

    story()


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"http://[", b""])
def test_another_sites_page_is_denied(project: Project, annotator: User, origin: bytes) -> None:
    headers = [session_header(annotator), (b"origin", origin)]

    @scenario
    async def story() -> None:
        assert not await Socket(path(project), *headers).opens()

    story()


def test_our_own_pages_origin_is_allowed(project: Project, annotator: User) -> None:
    headers = [session_header(annotator), (b"origin", b"http://testserver:8000")]

    @scenario
    async def story() -> None:
        async with opened(path(project), *headers) as client:
            assert await client.numbers(1) == [0]

    story()


def test_an_unknown_socket_address_is_denied() -> None:
    @scenario
    async def story() -> None:
        assert not await Socket("/ws/nothing/").opens()

    story()


@pytest.fixture
def own_valkey(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A Valkey that may be stopped without disturbing other tests."""
    broker._client.cache_clear()
    settings.VALKEY_URL = embedded.valkey_url(tmp_path)
    embedded.start_valkey(tmp_path)
    yield tmp_path
    embedded.stop_valkey(tmp_path)
    broker._client.cache_clear()


@pytest.mark.faults
def test_valkey_may_go_and_come_back(
    project: Project, annotator: User, own_valkey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Valkey events are delivered by polling; once it is back they are live again."""
    headers = session_header(annotator)

    @scenario
    async def story() -> None:
        async with opened(path(project, 0), headers) as client:
            await sync_to_async(publish)(project)
            assert await client.numbers(1) == [1]
            await asyncio.to_thread(embedded.stop_valkey, own_valkey)
            await sync_to_async(publish)(project, 3)
            assert await client.numbers(3) == [2, 3, 4]
            await asyncio.to_thread(embedded.start_valkey, own_valkey)
            monkeypatch.setattr(consumers, "POLL_SECONDS", 60.0)
            deadline = partial(asyncio.wait_for, timeout=20)
            await deadline(awoken(client))

    async def awoken(client: Socket) -> None:
        """Publishes until an event arrives within a moment: only a wake-up is that quick."""
        number = 4
        while True:
            await sync_to_async(publish)(project)
            number += 1
            if not await client.receive_nothing(timeout=0.5, interval=0.02):
                seen = await client.numbers(1)
                while seen[-1] < number:
                    seen += await client.numbers(1)
                assert seen == list(range(seen[0], number + 1))
                return

    story()
