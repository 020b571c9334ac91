"""How fast photographs come in by REST: beside Label Studio, and where there are many already.

Both are given the same files, in turns, so that noise meets both. What is told is the
median of the turns. Each client keeps its connection where the server does. The peer always
has one client: on its own SQLite, eight at once came in at a sixth of the rate of one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from statistics import median
from urllib.parse import urlsplit

from config.benches.calls import ASK_EVERY
from config.benches.label_studio import LabelStudio
from config.benches.photos import photo
from config.benches.site import TemporarySite

IMAGES = 2_000
"""Of each measurement."""
TURN = 200
"""Images before the other's turn."""
WARM_UP = 1
"""Turns that do not count."""
BATCH = 50
CLIENTS = 8
"""That send one file a request, at once."""
ROWS = 1_000_000
SLUG = "upload"
BOUNDARY = "assay-bench-8c1f0e2d5b7a4936"
Batch = Sequence[bytes]
PREPARE = """
from apps.accounts.models import User
from apps.projects.services import project_create
project_create(name="Upload", slug="{slug}", classes=["boot", "coat"],
    created_by=User.objects.get(username="admin"))
from config.benches.upload_rows import images_grow
result = images_grow("{slug}", {rows})
"""


@dataclass(slots=True)
class Door:
    """Where files are sent, and how many of each answer came in."""

    where: tuple[str, int]
    path: str
    token: str
    part: str
    """The name of a file; `{}` becomes its place in the request."""
    taken: Callable[[bytes], int]
    clients: int = 1
    status: int = 201
    """Of an answer that is well."""
    settle: Callable[[], None] = field(default=lambda: None)
    """Waits for what was promised, before it is another's turn."""
    rates: list[float] = field(default_factory=list)
    """Images a second, of each turn that counts."""

    def turn(self, batches: Sequence[Batch], *, counts: bool) -> None:
        """Send these, shared by its clients. Raises RuntimeError where an image did not come in."""
        bodies = [_multipart(self.part, batch) for batch in batches]
        began = time.perf_counter()
        with ThreadPoolExecutor(self.clients) as pool:
            shares = [bodies[first :: self.clients] for first in range(self.clients)]
            taken = sum(pool.map(self._client, shares))
        took = time.perf_counter() - began
        self.settle()
        sent = sum(map(len, batches))
        if taken != sent:
            raise RuntimeError(f"{self.path} took {taken} of {sent} images.")
        if counts:
            self.rates.append(sent / took)

    def _client(self, bodies: Sequence[bytes]) -> int:
        connection = HTTPConnection(*self.where, timeout=120)
        try:
            return sum(self._send(connection, body) for body in bodies)
        except (OSError, HTTPException) as error:
            raise RuntimeError(f"{self.path} does not answer: {error}") from None
        finally:
            connection.close()

    def _send(self, connection: HTTPConnection, body: bytes) -> int:
        connection.request(
            "POST",
            self.path,
            body,
            {
                "Authorization": f"Token {self.token}",
                "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            },
        )
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != self.status:
            raise RuntimeError(f"{self.path} was answered with {answer.status}: {told[:300]!r}")
        return self.taken(told)


def upload_figures(
    say: Callable[[str], None], rows: int = ROWS, peer: str | None = None, peer_token: str = ""
) -> dict[str, float]:
    """Send photographs in batches from one client, and one by one from eight.

    `upload` is answered once every pixel is checked and the thumbnail lies there; `promised` is
    answered once the files are kept, by a job that does the same.
    """
    with TemporarySite() as site, TemporarySite() as large:
        numbers = count()
        own = _site_door(site, 0)
        figures: dict[str, float] = {}
        for batch, own.clients in ((BATCH, 1), (1, CLIENTS)):
            say(f"{batch} a request, {own.clients} at once …")
            doors = [own, *([_peer_door(peer, peer_token)] if peer else [])]
            _alternate(doors, numbers, batch)
            figures |= _rates(doors, batch)
        say(f"{BATCH} a request, promised as a job …")
        doors = [_promising_door(site), *([_peer_door(peer, peer_token)] if peer else [])]
        _alternate(doors, numbers, BATCH)
        figures |= _rates(doors, BATCH, "promised")
        say(f"{rows:,} rows are written …")
        own.clients = 1
        doors = [own, _site_door(large, rows)]
        say("beside them …")
        _alternate(doors, numbers, BATCH)
        empty, full = (1000 / median(door.rates) for door in doors)
    return {
        **figures,
        "upload_ms_per_image.0": empty,
        f"upload_ms_per_image.{rows}": full,
        "upload_growth_ratio": full / empty,
    }


def _rates(doors: Sequence[Door], batch: int, how: str = "upload") -> dict[str, float]:
    own, *others = (median(door.rates) for door in doors)
    figures = {f"{how}_images_per_s.{batch}": own}
    for theirs in others:
        figures |= {
            f"{how}_peer_images_per_s.{batch}": theirs,
            f"{how}_peer_ratio.{batch}": own / theirs,
        }
    return figures


def _alternate(doors: Sequence[Door], numbers: Iterator[int], batch: int) -> None:
    for door in doors:
        door.rates.clear()
    for turn in range(WARM_UP + IMAGES // TURN):
        batches = [[photo(next(numbers)) for _ in range(batch)] for _ in range(TURN // batch)]
        # Neither is always the one that finds the other's caches.
        for door in doors if turn % 2 else reversed(doors):
            door.turn(batches, counts=turn >= WARM_UP)


def _multipart(part: str, batch: Batch) -> bytes:
    parts = []
    for place, content in enumerate(batch):
        head = (
            f"--{BOUNDARY}\r\nContent-Disposition: form-data;"
            f' name="{part.format(place)}"; filename="photo-{place}.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        parts += [head.encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def _site_door(site: TemporarySite, rows: int) -> Door:
    site.start()
    site.python(PREPARE.format(slug=SLUG, rows=rows), seconds=1800)
    return Door(
        ("127.0.0.1", site.port),
        f"/api/v1/projects/{SLUG}/images/",
        site.token(),
        "files",
        lambda answer: len(json.loads(answer)["accepted"]),
    )


def _promising_door(site: TemporarySite) -> Door:
    """Imports: files are kept and answered for, and a job checks and takes in what was sent."""
    token = site.token()
    calls = f"/api/v1/projects/{SLUG}/imports/"
    begun: list[int] = []

    def taken(answer: bytes) -> int:
        begun.append(json.loads(answer)["import"]["id"])
        return BATCH

    def settle() -> None:
        while begun:
            headers = {"Authorization": f"Token {token}"}
            told = json.loads(site.request("GET", f"{calls}{begun[0]}/", None, headers)[1])
            if not told["ended_at"]:
                time.sleep(ASK_EVERY)
            elif told["accepted"] == BATCH:
                begun.pop(0)
            else:
                raise RuntimeError(f"An import kept no promise: {told}")

    return Door(("127.0.0.1", site.port), calls, token, "file", taken, status=202, settle=settle)


def _peer_door(peer: str, token: str) -> Door:
    parts = urlsplit(peer)
    return Door(
        (parts.hostname or "127.0.0.1", parts.port or 80),
        LabelStudio(peer, token, 0).import_path,
        token,
        "file-{}",  # of parts of one name it takes the last
        lambda answer: int(json.loads(answer)["task_count"]),
    )
