"""Every call of the API, fuzzed from its own schema: whatever is sent, the server does not break.

`make fuzz` sends far more, and other things each time.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from requests import Request
from schemathesis import GenerationMode
from schemathesis.generation.case import Case

from apps.accounts.models import User
from apps.projects.models import Project
from tests.test_permissions import World

# What tus calls its bodies: bytes like any others.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Of each kind a call; 0 for the few, always the same, that every run of the tests sends."""
SERVER_ERROR = 500
BODIES = [
    b"", b"{", b"null", b"[]", b"[null]", b"[[]]", b"[{}]", b"1", b"true", b'"x"', b"1e999",
    b"NaN", b"[NaN]", b'{"a":Infinity}', b"9" * 6000, b"[" * 50_000, b'{"a":' * 50_000, b"\xff\xfe",
    b"\x00",
    b'"\\u0000"', b'"\\ud800"', b'{"\\u0000":"\\u0000"}', b'["\\u0000"]', b"\xef\xbb\xbf{}",
    b'{"__proto__":{},"constructor":1}', b'[{"task":1e400}]', b"9999999999999999999999",
]  # fmt: skip
TYPES = [
    "application/json",
    "application/json; charset=utf-16",
    "application/json; charset=x",
    "text/plain",
    "image/png",
    "x",
    "",
]
QUERIES = [
    "cursor=%00", "cursor=x", "cursor=cD1hYWE%3D", "cursor=bz05OTk5OTk5OTk5OTk5OTk5OTk5OQ%3D%3D",
    "page_size=%00", "page_size=-1", "page_size=99999999999999999999", "after=%00&before=x",
    "after=99999999999999999999", "status=%00&class=%00&origin=%00&split=%00&kind=%00", "%00=%00",
    "%ff=%ff", "class=%ed%a0%80", "a[]=1&a[b]=2&;=&&&=", "x=" + "y" * 5000,
]  # fmt: skip


class Fuzz:
    """Sends cases as a manager and notes those that break the server."""

    def __init__(self, world: World) -> None:
        self.client = Client()
        self.client.force_login(world.people["manager"])
        self.values = world.values
        self.sent = 0
        self.broken: dict[str, str] = {}

    def send(self, method: str, address: str, body: bytes, content_type: str, **more: Any) -> None:
        """One request; what it changed is undone."""
        self.sent += 1
        told = f"{method} {address} {content_type} {body[:300]!r}"
        with transaction.atomic():
            try:
                answer = self.client.generic(method, address, body, content_type, **more)
                if answer.status_code >= SERVER_ERROR:
                    self._note(f"status {answer.status_code}", told)
            except Exception as error:
                frames = traceback.extract_tb(error.__traceback__)
                ours = [frame for frame in frames if "site-packages" not in frame.filename][-1]
                what = f"{type(error).__name__}: {str(error)[:200]}"
                self._note(f"{ours.filename}:{ours.lineno} {what}", told)
            transaction.set_rollback(True)

    def case(self, case: Case) -> None:
        """One request that the schema's own generator has thought of."""
        told = case.as_transport_kwargs(base_url="http://testserver")
        told.pop("cookies", None)
        prepared = Request(**{**told, "method": told["method"].upper()}).prepare()
        body = prepared.body or b""
        self.send(
            prepared.method or "",
            prepared.path_url,
            body.encode() if isinstance(body, str) else body,
            prepared.headers.get("Content-Type", ""),
        )

    def address(self, path: str) -> str:
        """A path with what there is in it."""
        return path.format(**self.values)

    def check(self) -> None:
        """Fails where anything broke, with the first request for each place."""
        print(f"{self.sent:,} requests")
        assert not self.broken, "\n".join(f"{at}\n  by {how}" for at, how in self.broken.items())

    def _note(self, what: str, told: str) -> None:
        self.broken.setdefault(what, told)


@pytest.fixture
def fuzz(project: Project, manager: User, annotator: User, stranger: User) -> Fuzz:
    return Fuzz(World(project, manager, annotator, stranger))


def operations() -> Iterator[Any]:
    document = SchemaGenerator().get_schema(request=None, public=True)
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        yield found.ok()


def run(strategy: Any, try_case: Callable[[Case], None], examples: int) -> None:
    @settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def tried(case: Case) -> None:
        try_case(case)

    tried()


def every_case(fuzz: Fuzz, operation: Any) -> None:
    """Good and bad values of each parameter and body, for things that exist and that do not."""
    known = {name: fuzz.values[name] for name in fuzz.values if f"{{{name}}}" in operation.path}
    ways: list[tuple[GenerationMode, dict[str, Any] | None, int]] = [
        (GenerationMode.POSITIVE, known, 6)
    ]
    if operation.query or operation.body:  # else there is nothing that could be wrong
        ways.append((GenerationMode.NEGATIVE, known, 8))
    if known:
        ways.append((GenerationMode.POSITIVE, None, 2))
    for mode, path_parameters, examples in ways:
        strategy = operation.as_strategy(generation_mode=mode, path_parameters=path_parameters)
        with suppress(Unsatisfiable, InvalidArgument):
            run(strategy, fuzz.case, examples)


@pytest.mark.timeout(3000 if EXAMPLES else 300)
def test_nothing_that_the_schema_can_think_of_breaks_the_server(fuzz: Fuzz) -> None:
    for operation in operations():
        every_case(fuzz, operation)
    fuzz.check()


def test_no_odd_body_and_no_odd_query_breaks_the_server(fuzz: Fuzz) -> None:
    for operation in operations():
        address, method = fuzz.address(operation.path), operation.method.upper()
        if operation.body:
            for body in BODIES:
                fuzz.send(method, address, body, TYPES[0])
            for content_type in TYPES:
                fuzz.send(method, address, b'{"a": 1}', content_type)
        for query in QUERIES if method == "GET" else QUERIES[:2]:
            fuzz.send(method, f"{address}?{query}", b"", "")
    fuzz.check()
